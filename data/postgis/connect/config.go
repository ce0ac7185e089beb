// Package connect reads the URL of a PostgreSQL database, brings its tables up to date and opens the connections to
// it.
package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"tungnha/data/postgis/ewkb"
)

// DefaultSchema is where the tables are, unless the URL's search_path names another schema.
const DefaultSchema = "tungnha"

// defaults are the settings of every connection that the URL may set otherwise. A host that
// vanishes must not keep the writers' lock for the two hours that TCP would give it.
var defaults = map[string]string{
	"application_name":                    "tungnha",
	"statement_timeout":                   "30s",
	"idle_in_transaction_session_timeout": "10min",
	"tcp_keepalives_idle":                 "15",
	"tcp_keepalives_interval":             "5",
	"tcp_keepalives_count":                "3",
	"tcp_user_timeout":                    "30s",
}

const (
	connectTimeout = 5 * time.Second // where the URL has no connect_timeout
	maxConns       = 8               // where the URL has no pool_max_conns
)

// Config is the content of a URL.
type Config struct {
	*pgxpool.Config
	schema string
}

// IsURL reports whether a text is the URL of a PostgreSQL database.
func IsURL(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

// HasPassword reports whether a URL contains a password, which whoever lists the processes of
// the machine would read on a command line.
func HasPassword(s string) bool {
	if !IsURL(s) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil {
		return strings.Contains(s, "@") || strings.Contains(s, "password") // rather once too often
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password")
}

// plainName is a name of a schema that needs no quotes.
var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// Parse reads a URL and what libpq reads beside it: PGPASSFILE, PGSERVICE and the like.
func Parse(text string) (*Config, error) {
	parsed, err := pgxpool.ParseConfig(text)
	if err != nil {
		return nil, parseError(err)
	}
	c := &Config{parsed, DefaultSchema}
	params := c.ConnConfig.RuntimeParams
	for key, value := range defaults {
		params[key] = cmp.Or(params[key], value)
	}
	if path, ok := params["search_path"]; ok {
		if !plainName.MatchString(path) {
			return nil, fmt.Errorf("database URL: search_path %q: want the name of one schema, of small letters, digits and _", path)
		}
		c.schema = path
	}
	params["search_path"] = c.schema
	query := parameters(text)
	if !query.Has("connect_timeout") {
		c.ConnConfig.ConnectTimeout = connectTimeout
	}
	if !query.Has("pool_max_conns") {
		c.MaxConns = maxConns
	}
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second,
		Interval: 5 * time.Second, Count: 3}}
	c.ConnConfig.DialFunc = dialer.DialContext
	return c, nil
}

// parseError is what is wrong with a URL, without repeating it: it may contain a password.
func parseError(err error) error {
	var broken *pgconn.ParseConfigError
	if !errors.As(err, &broken) {
		return errors.New("database URL: it cannot be read")
	}
	reason := broken.Error()
	if _, after, found := strings.Cut(reason, "`: "); found {
		reason = after
	}
	if at := strings.Index(reason, "parse \""); at >= 0 { // net/url repeats its input
		reason = strings.TrimSuffix(reason[:at], " (") + ": not of the form postgres://user@host:port/database?parameter=value"
	}
	return fmt.Errorf("database URL: %s", reason)
}

func parameters(text string) url.Values {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	return u.Query()
}

// Name names the database for people: no password, no parameters.
func (c *Config) Name() string {
	u := url.URL{Scheme: "postgres", User: url.User(c.ConnConfig.User), Path: "/" + c.ConnConfig.Database}
	u.Host = net.JoinHostPort(c.ConnConfig.Host, strconv.Itoa(int(c.ConnConfig.Port)))
	if strings.HasPrefix(c.ConnConfig.Host, "/") { // a socket
		u.Host = ""
		u.RawQuery = "host=" + c.ConnConfig.Host
	}
	return u.String()
}

// Name names the database of a URL as Store.Name does.
func Name(text string) string {
	c, err := Parse(text)
	if err != nil {
		return "postgres://…"
	}
	return c.Name()
}

// types are the numbers that the database gave to types that PostgreSQL does not have itself.
type types struct {
	path              string // search_path that finds the tables and PostGIS
	geometry, outcome uint32
}

// Open brings the tables of the database up to date and returns a pool of connections to it. Who may only read can open
// a database whose tables are up to date.
func (c *Config) Open(ctx context.Context) (*pgxpool.Pool, error) {
	types, err := c.prepare(ctx)
	if err != nil {
		return nil, err
	}
	return c.pool(ctx, types)
}

// pool makes the pool of connections. A new connection sends no query.
func (c *Config) pool(ctx context.Context, t *types) (*pgxpool.Pool, error) {
	c.ConnConfig.RuntimeParams["search_path"] = t.path
	c.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{Name: "geometry", OID: t.geometry, Codec: ewkb.Codec{}})
		conn.TypeMap().RegisterType(&pgtype.Type{Name: "outcome", OID: t.outcome, Codec: &pgtype.EnumCodec{}})
		return nil
	}
	return pgxpool.NewWithConfig(ctx, c.Config)
}
