package postgis_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"tungnha/coverage"
	"tungnha/data/postgis"
	"tungnha/data/storetest"
	server "tungnha/scripts/postgis"
)

var _ coverage.Source = (*postgis.Store)(nil)

func TestMain(m *testing.M) {
	status := m.Run()
	if stopServer != nil {
		stopServer()
	}
	os.Exit(status)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return open(t, newURL(t)) })
}

var (
	stopServer func()
	schemas    atomic.Int64

	// database brings up a server and makes an empty database there; it returns its URL.
	database = sync.OnceValues(func() (string, error) {
		ctx := context.Background()
		url, stop, err := server.Start(ctx)
		if err != nil {
			return "", err
		}
		stopServer = stop
		return newDatabase(ctx, url)
	})
)

// newDatabase makes a database beside the one of the URL. It goes with its server, or, on
// one that stays, when the tests end.
func newDatabase(ctx context.Context, url string) (string, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	name := fmt.Sprintf("tungnha_test_%d_%d", os.Getpid(), schemas.Add(1))
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	stop := stopServer
	stopServer = func() {
		if conn, err := pgx.Connect(ctx, url); err == nil {
			_, _ = conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
			conn.Close(ctx)
		}
		stop()
	}
	return with(url, name), nil
}

// with returns the URL with another database.
func with(url, name string) string {
	before, parameters, _ := strings.Cut(url, "?")
	return before[:strings.LastIndex(before, "/")] + "/" + name + "?" + parameters
}

// newURL is the URL of a store that does not exist yet: a schema of its own.
func newURL(t testing.TB) string {
	t.Helper()
	url, err := database()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s&search_path=store_%d", url, schemas.Add(1))
}

func open(t testing.TB, url string) *postgis.Store {
	t.Helper()
	store, err := postgis.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
