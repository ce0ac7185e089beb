// Package postgis is a throw-away PostGIS for tests and measurements.
package postgis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// ErrNotInstalled means that PostGIS is not on this machine and cannot be installed.
var ErrNotInstalled = errors.New("PostGIS is not installed and cannot be")

// statusNotInstalled is how postgis.sh ends where PostGIS cannot be had.
const statusNotInstalled = 3

// Start brings up a PostGIS of the caller's own, on a port that is not in use, and returns
// its URL. stop ends it and removes its files, as does the end of the calling process.
// Where TUNGNHA_TEST_POSTGRES names a database, it is that one, and stop leaves it alone.
func Start(ctx context.Context) (database string, stop func(), err error) {
	if database := os.Getenv("TUNGNHA_TEST_POSTGRES"); database != "" {
		return database, func() {}, nil
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	env := append(os.Environ(), "TUNGNHA_POSTGIS_PORT="+strconv.Itoa(port),
		"TUNGNHA_POSTGIS_OWNER="+strconv.Itoa(os.Getpid()))
	var out, problem bytes.Buffer
	up := exec.CommandContext(ctx, script(), "up")
	up.Env, up.Stdout, up.Stderr = env, &out, &problem
	err = up.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == statusNotInstalled {
		return "", nil, fmt.Errorf("%w: %s; or name another in TUNGNHA_TEST_POSTGRES", ErrNotInstalled,
			strings.TrimSpace(problem.String()))
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

// ErrNotOurs means that a PostGIS cannot be restarted, because Start did not start it.
var ErrNotOurs = errors.New("the PostGIS of TUNGNHA_TEST_POSTGRES is not ours to restart")

// Restart kills the PostGIS that Start brought up, as a power cut would, and returns when it
// answers again.
func Restart(ctx context.Context, database string) error {
	if os.Getenv("TUNGNHA_TEST_POSTGRES") != "" {
		return ErrNotOurs
	}
	u, err := url.Parse(database)
	if err != nil {
		return err
	}
	restart := exec.CommandContext(ctx, script(), "restart")
	restart.Env = append(os.Environ(), "TUNGNHA_POSTGIS_PORT="+u.Port())
	if out, err := restart.CombinedOutput(); err != nil {
		return fmt.Errorf("restarting PostGIS: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// databases counts those that this process made.
var databases atomic.Int64

// Create makes an empty database on the server of the URL and returns its URL. drop takes it
// away, with the connections that are still open.
func Create(ctx context.Context, server string) (database string, drop func(), err error) {
	before, parameters, _ := strings.Cut(server, "?")
	name := fmt.Sprintf("tungnha_test_%d_%d", os.Getpid(), databases.Add(1))
	run := func(ctx context.Context, sql string) error {
		db, err := pgx.Connect(ctx, server)
		if err != nil {
			return err
		}
		_, err = db.Exec(ctx, sql)
		return errors.Join(err, db.Close(ctx))
	}
	if err := run(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, fmt.Errorf("making a database for a test: %w", err)
	}
	drop = func() { _ = run(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") }
	return before[:strings.LastIndex(before, "/")] + "/" + name + "?" + parameters, drop, nil
}

// freePort returns a port of this machine that is not in use.
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
