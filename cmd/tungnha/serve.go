package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"tungnha/api"
	"tungnha/api/web"
	"tungnha/coverage"
	"tungnha/data"
)

// defaultName is what a programme without a name is called.
const defaultName = "Từng Nhà"

type serveCmd struct {
	storeFlags
	Addr       string `help:"Address to listen on. Only this machine can reach the default." default:"127.0.0.1:8080" placeholder:"${default}" env:"TUNGNHA_ADDR"`
	Households string `help:"Whether everybody sees household points and counts below 10: show or hide." enum:"show,hide" default:"hide" env:"TUNGNHA_HOUSEHOLDS"`
	PublicURL  string `help:"Address by which others reach this server, where a proxy stands before it." placeholder:"https://…" env:"TUNGNHA_PUBLIC_URL"`
	basemapFlags
	Imports bool     `help:"Take files from everybody who can reach this server, on the page /data and by POST /api/v1/imports." env:"TUNGNHA_IMPORTS"`
	Origin  []string `help:"Other site whose pages may read from here and post; * lets all sites read; again for more." placeholder:"https://…" env:"TUNGNHA_ORIGIN"`
}

// Run serves until the program is told to stop.
func (c *serveCmd) Run(ctx context.Context, p *program) (err error) {
	store, err := c.openExisting(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return c.serve(ctx, p, store)
}

// serve answers from the first moment, with 503 until the records are read.
func (c *serveCmd) serve(ctx context.Context, p *program, store store) (err error) {
	meta, err := store.Meta(ctx)
	if err != nil {
		return err
	}
	basemap, err := c.openBasemap(ctx)
	if err != nil {
		return err
	}
	if basemap != nil {
		defer func() { err = errors.Join(err, basemap.Close()) }()
	}
	var imports data.Store
	if c.Imports {
		imports = store
	}
	server, err := api.New(api.Config{
		Build:      version(),
		Programme:  cmp.Or(p.settings.Name, meta["name"], defaultName),
		Sample:     meta["sample"] == "true",
		Households: c.Households == "show",
		PublicURL:  c.PublicURL,
		Origins:    c.Origin,
		Imports:    imports,
		Basemap:    basemap,
		Pages:      web.Files(),
		Log:        p.log,
		Clock:      p.clock,
	})
	if err != nil {
		return &usageError{err.Error()}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return err
	}

	// The index outlives the server: posts that are under way when the program is told to
	// stop still go through it.
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	work, ctx := errgroup.WithContext(ctx)
	var follower errgroup.Group
	work.Go(func() error { return server.Serve(ctx, listener) })
	work.Go(func() error {
		p.log.Info("reading the data", slog.String("db", databaseName(c.DB)), slog.String("address", listener.Addr().String()))
		start := time.Now()
		live, err := coverage.Open(ctx, store, p.config(store), p.clock)
		if err != nil {
			return err
		}
		took := time.Since(start)
		server.Open(live, took)
		memory := live.Index().Memory()
		p.log.Info("ready", slog.Int("households", memory.Households), slog.Int("visits", memory.Visits),
			slog.Duration("read", took.Round(time.Millisecond)), slog.String("version", live.Index().Version()))
		p.warnOfProvinces(live.Index())
		fmt.Fprintf(p.stdout, "Từng Nhà: http://%s/\n", listener.Addr())
		follower.Go(func() error { return live.Run(following) })
		follower.Go(func() error { return server.KeepWarm(following) })
		return nil
	})
	err = work.Wait()
	stop()
	if broken := follower.Wait(); !errors.Is(broken, context.Canceled) {
		err = errors.Join(err, broken)
	}
	return err
}
