package postgis_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tungnha/data/postgis"
	"tungnha/internal/await"
)

// TestTLS gives the server a certificate of its own making: with sslmode=verify-full it is
// trusted where the URL names its issuer, and under its own name only.
func TestTLS(t *testing.T) {
	if os.Getenv("TUNGNHA_TEST_POSTGRES") != "" {
		t.Skip("NOT TRIED WITH TLS: the PostGIS of TUNGNHA_TEST_POSTGRES is not ours to set up")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tungnha test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})

	plain := newURL(t)
	db := connect(t, plain)
	for file, text := range map[string][]byte{"server.crt": certificate,
		"server.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		// Written by the server itself, whose key nobody else may read. text keeps its lines.
		execute(t, db,
			fmt.Sprintf("COPY (SELECT unnest(string_to_array('%s', E'\\n'))) TO PROGRAM 'umask 077; cat > %s'",
				strings.TrimSpace(string(text)), file))
	}
	execute(t, db, "ALTER SYSTEM SET ssl = on")
	defer func() {
		execute(t, db, "ALTER SYSTEM RESET ssl")
		execute(t, db, "SELECT pg_reload_conf()")
	}()
	execute(t, db, "SELECT pg_reload_conf()")

	authority := filepath.Join(t.TempDir(), "authority.crt")
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(host, parameters string) string {
		u, err := url.Parse(plain)
		if err != nil {
			t.Fatal(err)
		}
		u.Host = net.JoinHostPort(host, u.Port())
		u.RawQuery = strings.Replace(u.RawQuery, "sslmode=disable", parameters, 1)
		return u.String()
	}
	trusted := "sslmode=verify-full&sslrootcert=" + url.QueryEscape(authority)
	var store *postgis.Store
	// the server reloads when it gets to it
	await.Until(t, func() bool {
		store, err = postgis.Open(t.Context(), with("127.0.0.1", trusted))
		return err == nil
	}, "the server does not take TLS: %v", &err)
	defer store.Close()
	var encrypted int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND datname = current_database()`).Scan(&encrypted); err != nil || encrypted == 0 {
		t.Errorf("%d connections are encrypted, %v", encrypted, err)
	}
	for what, u := range map[string]string{
		"another name":                       with("localhost", trusted),
		"an unknown issuer":                  with("127.0.0.1", "sslmode=verify-full"),
		"an issuer's file that is not there": with("127.0.0.1", trusted+".not"),
	} {
		if other, err := postgis.Open(t.Context(), u); err == nil {
			other.Close()
			t.Errorf("%s: the certificate is believed", what)
		} else if !strings.Contains(err.Error(), "certificate") && !strings.Contains(err.Error(), "CA file") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
