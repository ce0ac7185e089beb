package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"tungnha/api/httpx"
)

// gracePeriod is how long requests under way may take when the server is to stop.
const gracePeriod = 20 * time.Second

// Serve answers requests on the listener until ctx ends, then lets the requests under way
// finish: a post that is being made durable is answered.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	defer s.Close()
	s.imports.Sweep()
	return s.serve(ctx, listener, s)
}

// ServeAdmin answers metrics and the state of the data on a listener that only the operator reaches, under the names of
// hosts, until ctx ends.
func (s *Server) ServeAdmin(ctx context.Context, listener net.Listener, hosts *httpx.Hosts) error {
	return s.serve(ctx, listener, s.admin.Handler(hosts))
}

func (s *Server) serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second, // a post puts it off
		WriteTimeout:      60 * time.Second, // a stream puts it off
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), gracePeriod)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("requests were still under way after %s", gracePeriod)
		}
		return errors.Join(fmt.Errorf("stop: %w", err), server.Close())
	}
	return nil
}
