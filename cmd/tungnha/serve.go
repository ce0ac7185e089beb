package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tungnha/api"
	"tungnha/api/httpx"
	"tungnha/api/web"
	"tungnha/coverage/live"
	"tungnha/data"
	"tungnha/data/postgis"
	"tungnha/tiles/archive"
)

// defaultName is what a programme without a name is called.
const defaultName = "Từng Nhà"

type serveCmd struct {
	storeFlags
	Addr       string   `help:"Address to listen on. Only this machine can reach the default." default:"127.0.0.1:8080" placeholder:"${default}" env:"TUNGNHA_ADDR"`
	Households string   `help:"Whether everybody sees household points and exact counts of any window, or rounded figures of the last release: show or hide." enum:"show,hide" default:"hide" env:"TUNGNHA_HOUSEHOLDS"`
	PublicURL  string   `help:"Address by which others reach this server, where a proxy stands before it." placeholder:"https://…" env:"TUNGNHA_PUBLIC_URL"`
	Host       []string `help:"Another name by which requests may call this server, beside those of --addr and --public-url; again for more." placeholder:"map.lan" env:"TUNGNHA_HOST"`
	basemapFlags
	Imports bool     `help:"Take files from everybody who can reach this server, on the page /data and by POST /api/v1/imports." env:"TUNGNHA_IMPORTS"`
	Origin  []string `help:"Other site whose pages may read from here and post; * lets all sites read, where households are hidden; again for more." placeholder:"https://…" env:"TUNGNHA_ORIGIN"`
}

// Run serves until the program is interrupted. It answers from the first moment, with 503
// until the records are read.
func (c *serveCmd) Run(ctx context.Context, p *program) (err error) {
	basemap, err := c.openBasemap(ctx)
	if err != nil {
		return err
	}
	if basemap != nil {
		defer func() { err = errors.Join(err, basemap.Close()) }()
	}
	listener, err := p.listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer listener.Close() // where no server has done it
	store, meta, err := c.reach(ctx, p, basemap, listener)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	server, err := c.server(p, basemap, store, meta)
	if err != nil {
		return err
	}
	return c.serve(ctx, p, store, server, listener)
}

// server makes the server of a database, or one without any: store and meta are nil then.
func (c *serveCmd) server(p *program, basemap *archive.File, store store, meta map[string]string) (*api.Server, error) {
	var imports data.Store
	if c.Imports && store != nil {
		imports = store
	}
	server, err := api.New(api.Config{
		Build:      version(),
		Programme:  cmp.Or(p.settings.Name, meta["name"], defaultName),
		Sample:     meta["sample"] == "true",
		Households: c.Households == "show",
		PublicURL:  c.PublicURL,
		Hosts:      httpx.NewHosts(c.Addr, c.PublicURL, c.Host...),
		Origins:    c.Origin,
		Imports:    imports,
		Basemap:    basemap,
		Pages:      web.Files(),
		Log:        p.log,
		Clock:      p.clock,
	})
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	return server, nil
}

// lent is a listener that the server which it is lent to cannot close.
type lent struct{ *net.TCPListener }

// Close ends Accept.
func (l lent) Close() error { return l.SetDeadline(time.Now()) }

// reach opens the database. While it cannot be reached a server without data answers.
func (c *serveCmd) reach(ctx context.Context, p *program, basemap *archive.File,
	listener *net.TCPListener) (store store, meta map[string]string, err error) {
	open := func() error {
		s, err := c.openExisting(ctx, p)
		if err != nil {
			return err
		}
		if meta, err = s.Meta(ctx); err != nil {
			return errors.Join(err, s.Close())
		}
		store = s
		return nil
	}
	if err := open(); !postgis.Unreachable(err) || ctx.Err() != nil {
		return store, meta, err
	}
	waiting, err := c.server(p, basemap, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	p.log.Info("answering without data until the database is there", slog.String("db", databaseName(c.DB)),
		slog.String("address", listener.Addr().String()))
	work, ctx := errgroup.WithContext(ctx)
	serving, stop := context.WithCancel(ctx)
	work.Go(func() error { return waiting.Serve(serving, lent{listener}) })
	work.Go(func() error {
		defer stop()
		return p.untilReached(ctx, open)
	})
	if err := work.Wait(); err != nil {
		if store != nil {
			err = errors.Join(err, store.Close())
		}
		return nil, nil, err
	}
	return store, meta, listener.SetDeadline(time.Time{})
}

// maxPause is the longest that a database which could not be reached is left alone.
const maxPause = 5 * time.Second

// untilReached does what needs the database, again and again while that cannot be reached.
func (p *program) untilReached(ctx context.Context, do func() error) error {
	said, saidAt := "", time.Time{}
	for pause := maxPause / 16; ; pause = min(2*pause, maxPause) {
		err := do()
		if err == nil || ctx.Err() != nil || !postgis.Unreachable(err) {
			return err
		}
		if now := time.Now(); err.Error() != said || now.Sub(saidAt) > time.Minute {
			p.log.Warn("the database cannot be reached, trying again", slog.Any("error", err))
			said, saidAt = err.Error(), now
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// serve reads the records and follows them, beside a server that answers from them.
func (c *serveCmd) serve(ctx context.Context, p *program, store store, server *api.Server,
	listener net.Listener) error {
	// The index outlives the server: posts that are under way when the program has to
	// stop still go through it.
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	work, ctx := errgroup.WithContext(ctx)
	var follower errgroup.Group
	work.Go(func() error { return server.Serve(ctx, listener) })
	work.Go(func() error {
		p.log.Info("reading the data", slog.String("db", databaseName(c.DB)),
			slog.String("address", listener.Addr().String()))
		start := time.Now()
		var followed *live.Live
		err := p.untilReached(ctx, func() (err error) {
			// Also where the settings name none: then the common thresholds apply again.
			if err := p.writeThresholds(ctx, store); err != nil {
				return err
			}
			followed, err = live.Open(ctx, store, p.config(store), p.clock)
			return err
		})
		if err != nil {
			return err
		}
		took := time.Since(start)
		server.Open(followed, took)
		memory := followed.Index().Memory()
		p.log.Info("ready", slog.Int("households", memory.Households), slog.Int("visits", memory.Visits),
			slog.Duration("read", took.Round(time.Millisecond)), slog.String("version", followed.Index().Version()))
		p.warnOfProvinces(followed.Index())
		fmt.Fprintf(p.stdout, "Từng Nhà: http://%s/\n", listener.Addr())
		follower.Go(func() error { return followed.Run(following) })
		follower.Go(func() error { return server.KeepWarm(following) })
		return nil
	})
	err := work.Wait()
	stop()
	if broken := follower.Wait(); !errors.Is(broken, context.Canceled) {
		err = errors.Join(err, broken)
	}
	return err
}

// listen opens the address to answer on.
func (p *program) listen(ctx context.Context, addr string) (*net.TCPListener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	var wrong *net.AddrError
	switch {
	case errors.As(err, &wrong):
		return nil, p.usagef("--addr %q: %s: want HOST:PORT, such as 127.0.0.1:8080", addr, wrong.Err)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf(p.say("%s is in use by another program: give --addr another port"), addr)
	case err != nil:
		return nil, err
	}
	return listener.(*net.TCPListener), nil
}
