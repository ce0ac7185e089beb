// Package tegola builds and runs tegola, a tile server over PostGIS, on this machine.
package tegola

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// The release that is measured; the Go proxy has it.
const (
	module  = "github.com/go-spatial/tegola"
	Version = "v0.21.2"
)

// Build builds the server, in a folder where the next run finds it, and returns the path of the binary.
func Build(ctx context.Context) (binary string, err error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("tungnha-bench-%d-tegola-%s", os.Getuid(), Version))
	binary = filepath.Join(dir, "tegola")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	mod := fmt.Sprintf("module bench\n\ngo 1.24\n\nrequire %s %s\n", module, Version)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		return "", err
	}
	build := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-o", binary, module+"/cmd/tegola")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("tegola %s cannot be built: %w: %s", Version, err, bytes.TrimSpace(out))
	}
	return binary, nil
}

// Server is a running tegola.
type Server struct {
	Address string // host:port
	PID     int

	dir   string
	stop  context.CancelFunc
	ended chan error
}

// Start starts the binary with the configuration that config returns for an address, and waits until it answers.
func Start(ctx context.Context, binary string, config func(address string) string) (s *Server, err error) {
	s = &Server{ended: make(chan error, 1), stop: func() {}}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.Address, err = freeAddress(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "tungnha-bench-tegola-"); err != nil {
		return nil, err
	}
	path := filepath.Join(s.dir, "tegola.toml")
	if err := os.WriteFile(path, []byte(config(s.Address)), 0o600); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	var output bytes.Buffer
	command := exec.CommandContext(running, binary, "serve", "--config", path)
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		stop()
		return nil, err
	}
	s.PID = command.Process.Pid
	go func() { s.ended <- command.Wait() }()
	s.stop = func() { stop(); <-s.ended }
	for range 300 {
		if err = s.ping(ctx); err == nil {
			return s, nil
		}
		select {
		case err := <-s.ended:
			s.ended <- err
			return nil, fmt.Errorf("tegola: %w: %s", err, bytes.TrimSpace(output.Bytes()))
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil, fmt.Errorf("tegola does not answer: %w", err)
}

// Close ends the process and removes its configuration.
func (s *Server) Close() {
	s.stop()
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

func (s *Server) ping(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Address+"/capabilities", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// freeAddress returns an address on which nothing listened a moment ago.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
