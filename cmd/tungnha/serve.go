package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tungnha/api"
	"tungnha/api/accesslog"
	"tungnha/api/guard"
	"tungnha/api/httpx"
	"tungnha/api/web"
	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/data"
	"tungnha/data/postgis/connect"
	"tungnha/internal/limit"
	"tungnha/internal/wallclock"
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
	AdminAddr  string   `help:"Another address, for the operator alone, that answers /metrics and /api/v1/state; :9100 is that port of this machine. At --addr both are answered where --households is show, and to nobody else." placeholder:"127.0.0.1:9100" env:"TUNGNHA_ADMIN_ADDR"`
	basemapFlags
	Memory         string             `help:"How much memory the server may take, such as 1536MiB; without it: 80 % of what the machine or its container has." placeholder:"BYTES" env:"TUNGNHA_MEMORY"`
	TrustedProxy   []string           `help:"Address or network of a proxy whose X-Forwarded-For names the client, such as 127.0.0.1; again for more." placeholder:"ADDRESS" env:"TUNGNHA_TRUSTED_PROXY"`
	ClientRequests int                `help:"How many requests one address may have under way; 0: no limit." default:"200" env:"TUNGNHA_CLIENT_REQUESTS"`
	ClientRate     float64            `help:"How many requests a second one address may send, on the average; 0: no limit." default:"100" env:"TUNGNHA_CLIENT_RATE"`
	ClientVisits   int                `help:"How many visits one address may post in a day; 0: no limit." default:"20000" env:"TUNGNHA_CLIENT_VISITS"`
	OpenVisits     bool               `help:"Take visits from everybody who can reach this server, by POST /api/v1/visits: on a trusted network only. Without it posts get status 403." env:"TUNGNHA_OPEN_VISITS"`
	Imports        bool               `help:"Take files from everybody who can reach this server, on the page /data and by POST /api/v1/imports." env:"TUNGNHA_IMPORTS"`
	AccessLog      accesslog.Requests `help:"Which requests get a line in the log: all, failed (status 400 and above) or none." enum:"all,failed,none" default:"all" env:"TUNGNHA_ACCESS_LOG"`
	LogAddresses   accesslog.Address  `help:"How much of a client's address the log has: full, truncated (to /24, of IPv6 to /48) or none." enum:"full,truncated,none" default:"truncated" env:"TUNGNHA_LOG_ADDRESSES"`
	Origin         []string           `help:"Other site whose pages may read from here and post; * lets all sites read, where households are hidden; again for more." placeholder:"https://…" env:"TUNGNHA_ORIGIN"`
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
	listener, err := p.listen(ctx, "--addr", c.Addr)
	if err != nil {
		return err
	}
	defer listener.Close() // where no server has done it
	admin, err := c.listenAdmin(ctx, p)
	if err != nil {
		return err
	}
	if admin != nil {
		defer admin.Close()
	}
	memory, err := c.memory(p)
	if err != nil {
		return err
	}
	store, meta, err := c.reach(ctx, p, memory, basemap, listener, admin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	server, err := c.server(p, memory, basemap, store, meta)
	if err != nil {
		return err
	}
	return c.serve(ctx, p, memory, store, server, listener, admin)
}

// listenAdmin opens the operator's address; nil where there is none.
func (c *serveCmd) listenAdmin(ctx context.Context, p *program) (admin *net.TCPListener, err error) {
	if c.AdminAddr == "" {
		return nil, nil
	}
	address := c.AdminAddr
	if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	if admin, err = p.listen(ctx, "--admin-addr", address); err != nil {
		return nil, err
	}
	p.log.Info("answering the operator", slog.String("address", admin.Addr().String()))
	if !admin.Addr().(*net.TCPAddr).IP.IsLoopback() {
		p.log.Warn("whoever reaches the operator's address reads exact totals from it: let a firewall allow only "+
			"what scrapes it", slog.String("address", admin.Addr().String()))
	}
	return admin, nil
}

// answer has the server answer on its listener and, where there is one, on the operator's.
func (c *serveCmd) answer(ctx context.Context, server *api.Server, listener net.Listener,
	admin *net.TCPListener) error {
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return server.Serve(ctx, listener) })
	if admin != nil {
		hosts := httpx.NewHosts(c.AdminAddr, "", c.Host...)
		work.Go(func() error { return server.ServeAdmin(ctx, lent{admin}, hosts) })
	}
	return work.Wait()
}

// memory divides the memory that the server may take, and sets the collector's limit.
func (c *serveCmd) memory(p *program) (*limit.Memory, error) {
	total := limit.Available()
	if c.Memory != "" {
		var err error
		if total, err = limit.ParseBytes(c.Memory); err != nil {
			return nil, p.usagef("--memory: %q: want a number of bytes such as 1536MiB or 2GiB", c.Memory)
		}
		if total < limit.Least {
			return nil, p.usagef("--memory: %q: a server needs 128MiB at least", c.Memory)
		}
	}
	memory := limit.New(total)
	memory.SetGoLimit(p.log)
	return memory, nil
}

// server makes the server of a database, or one without any: store and meta are nil then.
func (c *serveCmd) server(p *program, memory *limit.Memory, basemap *archive.File, store store,
	meta map[string]string) (*api.Server, error) {
	var imports data.Store
	if c.Imports && store != nil {
		imports = store
	}
	proxies, err := guard.ParseProxies(c.TrustedProxy)
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	server, err := api.New(api.Config{
		Memory: memory,
		Limits: guard.Limits{Requests: c.ClientRequests, Rate: c.ClientRate, Burst: int(20 * c.ClientRate),
			Visits: c.ClientVisits},
		Proxies:    proxies,
		Build:      version(),
		Programme:  cmp.Or(p.settings.Name, meta["name"], defaultName),
		Sample:     meta["sample"] == "true",
		Households: c.Households == "show",
		PublicURL:  c.PublicURL,
		Hosts:      httpx.NewHosts(c.Addr, c.PublicURL, c.Host...),
		Origins:    c.Origin,
		OpenVisits: c.OpenVisits,
		Imports:    imports,
		Basemap:    basemap,
		Pages:      web.Files(),
		Log:        p.log,
		Access:     accesslog.Config{Requests: c.AccessLog, Address: c.LogAddresses, Log: p.requests},
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
func (c *serveCmd) reach(ctx context.Context, p *program, memory *limit.Memory, basemap *archive.File,
	listener, admin *net.TCPListener) (store store, meta map[string]string, err error) {
	open := func() error {
		s, err := c.openExisting(ctx, p)
		if err != nil {
			return err
		}
		if meta, err = s.Meta(ctx); err == nil {
			err = p.warnOfRowSecurity(ctx, s)
		}
		if err != nil {
			return errors.Join(err, s.Close())
		}
		store = s
		return nil
	}
	if err := open(); !connect.Unreachable(err) || ctx.Err() != nil {
		return store, meta, err
	}
	waiting, err := c.server(p, memory, basemap, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	p.log.Info("answering without data until the database is there", slog.String("db", databaseName(c.DB)),
		slog.String("address", listener.Addr().String()))
	work, ctx := errgroup.WithContext(ctx)
	serving, stop := context.WithCancel(ctx)
	work.Go(func() error { return c.answer(serving, waiting, lent{listener}, admin) })
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
	if admin != nil {
		err = admin.SetDeadline(time.Time{})
	}
	return store, meta, errors.Join(err, listener.SetDeadline(time.Time{}))
}

// maxPause is the longest that a database which could not be reached is left alone.
const maxPause = 5 * time.Second

// untilReached does what needs the database, again and again while that cannot be reached.
func (p *program) untilReached(ctx context.Context, do func() error) error {
	said, saidAt := "", time.Time{}
	for pause := maxPause / 16; ; pause = min(2*pause, maxPause) {
		err := do()
		if err == nil || ctx.Err() != nil || !connect.Unreachable(err) {
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
func (c *serveCmd) serve(ctx context.Context, p *program, total *limit.Memory, store store, server *api.Server,
	listener net.Listener, admin *net.TCPListener) error {
	// The index outlives the server: posts that are under way when the program has to
	// stop still go through it.
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	work, ctx := errgroup.WithContext(ctx)
	var follower errgroup.Group
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	follower.Go(func() error { return server.WatchClock(following, ticks.C, wallclock.System()) })
	work.Go(func() error { return c.answer(ctx, server, listener, admin) })
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
			followed, err = live.Open(ctx, store, p.config(store), p.clock,
				coverage.CacheBytes{Results: total.Cache(40, 512<<20), Windows: total.Cache(20, 512<<20)})
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
func (p *program) listen(ctx context.Context, flag, addr string) (*net.TCPListener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	var wrong *net.AddrError
	switch {
	case errors.As(err, &wrong):
		return nil, p.usagef("%s %q: %s: want HOST:PORT, such as 127.0.0.1:8080", flag, addr, wrong.Err)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf(p.say("%s is in use by another program: give %s another port"), addr, flag)
	case err != nil:
		return nil, err
	}
	return listener.(*net.TCPListener), nil
}
