// Package postgis is a throw-away PostGIS for tests and measurements.
package postgis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// ErrNotInstalled means that PostGIS is not on this machine and cannot be installed.
var ErrNotInstalled = errors.New("PostGIS is not installed and cannot be")

// statusNotInstalled is how postgis.sh ends where PostGIS cannot be had.
const statusNotInstalled = 3

// Start brings up a PostGIS of the caller's own, on a port that nobody uses, and returns
// its URL. stop ends it and removes its files, as does the end of the calling process.
// Where TUNGNHA_TEST_POSTGRES names a database, it is that one, and stop leaves it alone.
func Start(ctx context.Context) (url string, stop func(), err error) {
	if url := os.Getenv("TUNGNHA_TEST_POSTGRES"); url != "" {
		return url, func() {}, nil
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	env := append(os.Environ(), "TUNGNHA_POSTGIS_PORT="+strconv.Itoa(port), "TUNGNHA_POSTGIS_OWNER="+strconv.Itoa(os.Getpid()))
	var out, problem bytes.Buffer
	up := exec.CommandContext(ctx, script(), "up")
	up.Env, up.Stdout, up.Stderr = env, &out, &problem
	err = up.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == statusNotInstalled {
		return "", nil, fmt.Errorf("%w: %s", ErrNotInstalled, strings.TrimSpace(problem.String()))
	}
	stop = func() {
		down := exec.Command(script(), "down")
		down.Env = env
		_ = down.Run()
	}
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("starting PostGIS: %w: %s", err, strings.TrimSpace(problem.String()))
	}
	return strings.TrimSpace(out.String()), stop, nil
}

// freePort returns a port of this machine that nobody listens on.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// script is the path of postgis.sh, beside the folder of this file.
func script() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(filepath.Dir(file)), "postgis.sh")
}
