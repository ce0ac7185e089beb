package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tungnha/internal/await"
)

// secret is a password with all that has to be escaped in the file of PGPASSFILE.
const secret = `ge:he\im 4'2`

// withPassword makes a role that the PostGIS of the tests lets in with the password alone, and
// returns the URL of a database by that role, without it.
func withPassword(t *testing.T, database string) string {
	t.Helper()
	if os.Getenv("TUNGNHA_TEST_POSTGRES") != "" {
		t.Skip("NOT TRIED WITH PASSWORDS: the PostGIS of TUNGNHA_TEST_POSTGRES is not ours to set up")
	}
	role := fmt.Sprintf("tungnha_secret_%d", os.Getpid())
	execute(t, database, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD %s IN ROLE pg_read_all_data, pg_write_all_data",
		role, "'"+strings.ReplaceAll(secret, "'", "''")+"'"))
	t.Cleanup(func() { execute(t, database, "DROP ROLE "+role) })
	before := selectRows[struct{ Text string }](t, database, `SELECT pg_read_file('pg_hba.conf')`)[0].Text
	rules := func(text string) {
		quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
		execute(t, database, "COPY (SELECT unnest(string_to_array("+quoted+", E'\\n'))) TO PROGRAM 'cat > pg_hba.conf'")
		execute(t, database, "SELECT pg_reload_conf()")
	}
	t.Cleanup(func() { rules(before) })
	rules("host all " + role + " 127.0.0.1/32 scram-sha-256\n" + before)

	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	// the server reloads when it gets to it
	await.Until(t, func() bool {
		conn, err := pgx.Connect(t.Context(), u.String())
		var said *pgconn.PgError
		if err == nil {
			conn.Close(t.Context())
			return false
		}
		return errors.As(err, &said) && said.Code == "28P01" || strings.Contains(err.Error(), "password")
	}, "PostgreSQL asks for no password")
	return u.String()
}

// TestPasswordFiles gives the password in every way that other programs of PostgreSQL have. It
// works, and is neither in what the program prints, also when all goes wrong, nor in the
// list of processes, nor in any answer.
func TestPasswordFiles(t *testing.T) {
	database := sampleDatabase(t, "")
	db := withPassword(t, database)
	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	line := func(password string) string {
		return "127.0.0.1:" + u.Port() + ":*:" + u.User.Username() + ":" + strings.NewReplacer(`\`, `\\`, ":", `\:`).Replace(password) + "\n"
	}
	service := fmt.Sprintf("[programme]\nhost=127.0.0.1\nport=%s\nuser=%s\ndbname=%s\nsslmode=disable\n", u.Port(),
		u.User.Username(), strings.TrimPrefix(u.Path, "/"))
	file(".pgpass", line(secret))
	passfile, wrong := file("passwords", "other:5432:*:*:x\n"+line(secret)), file("wrong", line("not "+secret))
	services, servicesAlone := file("services", service+"password="+secret+"\n"), file("services-alone", service)
	whole := *u
	whole.User = url.UserPassword(u.User.Username(), secret)

	for name, c := range map[string]struct{ env, args []string }{
		"PGPASSFILE": {[]string{"PGPASSFILE=" + passfile}, []string{"--db", db}},
		"~/.pgpass":  {[]string{"HOME=" + dir}, []string{"--db", db}},
		"PGPASSWORD": {[]string{"PGPASSWORD=" + secret}, []string{"--db", db}},
		"a service": {[]string{"PGSERVICEFILE=" + services},
			[]string{"--db", "postgres:///?service=programme"}},
		"PGSERVICE": {[]string{"PGSERVICEFILE=" + services, "PGSERVICE=programme"},
			[]string{"--db", "postgres:///"}},
		"PGSERVICE with PGPASSFILE": {[]string{"PGSERVICEFILE=" + servicesAlone, "PGSERVICE=programme", "PGPASSFILE=" +
			passfile}, []string{"--db", "postgres:///"}},
		"passfile in the URL": {nil, []string{"--db", db + "&passfile=" + passfile}},
		"TUNGNHA_DB":          {[]string{"TUNGNHA_DB=" + whole.String()}, nil},
		"a settings file, a service": {[]string{"PGSERVICEFILE=" + services},
			[]string{"--config", file("tungnha.toml", "db = \"postgres:///?service=programme\"\n")}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range c.env {
				key, value, _ := strings.Cut(variable, "=")
				t.Setenv(key, value)
			}
			server := serve(t, dir, append([]string{"serve", "--log-level", "debug", "--households", "show"},
				c.args...)...)
			cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", server.cmd.Process.Pid))
			if err != nil {
				t.Fatal(err)
			}
			said := string(cmdline)
			execute(t, database, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`, u.User.Username())
			for _, path := range []string{"/readyz", "/metrics", "/api/v1/state", "/api/v1/meta",
				"/api/v1/coverage?by=team"} {
				a := server.get(t, path)
				if a.status != 200 {
					t.Errorf("%s: status %d", path, a.status)
				}
				said += a.body + fmt.Sprint(a.header)
			}
			server.stop(t, syscall.SIGTERM)
			wantNoSecret(t, said+server.stderr.String())
		})
	}

	t.Setenv("HOME", t.TempDir())
	for name, c := range map[string]struct{ env, db string }{
		"a wrong password":          {"PGPASSFILE=" + wrong, db},
		"no file":                   {"PGPASSFILE=" + filepath.Join(dir, "nowhere"), db},
		"a wrong one in TUNGNHA_DB": {"TUNGNHA_DB=" + strings.Replace(whole.String(), "@", "+@", 1), ""},
		"no service":                {"PGSERVICEFILE=" + services, "postgres:///?service=other"},
		"a service that is broken": {"PGSERVICEFILE=" +
			file("broken", service+"password="+secret+"\nconnect_timeout=soon\n"), "postgres:///?service=programme"},
	} {
		t.Run(name, func(t *testing.T) {
			key, value, _ := strings.Cut(c.env, "=")
			t.Setenv(key, value)
			for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0", "--log-level", "debug"}, {"coverage"},
				{"import", filepath.Join(files, "teams.csv")}} {
				if c.db != "" {
					args = append(args, "--db", c.db)
				}
				r := tungnha(t, dir, args...)
				if r.status != exitFailed {
					t.Errorf("%s: status %d: %s", args[0], r.status, r.stderr)
				}
				wantNoSecret(t, r.stdout+r.stderr)
			}
		})
	}
}

// wantNoSecret fails where a text contains the password, in whichever spelling.
func wantNoSecret(t testing.TB, text string) {
	t.Helper()
	for _, part := range []string{secret, url.PathEscape(secret), url.QueryEscape(secret), "ge:he", `he\im`, "he%5Cim", "ge%3Ahe", `he\\im`} {
		if strings.Contains(text, part) {
			t.Errorf("it tells the password (%s): %s", part, text)
			return
		}
	}
}
