package data

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Secret is 32 random bytes of a store, shared by all servers of it: the key of whatever names data
// to others without describing them. It is in no export and no log: printed, it is "(secret)".
// The zero Secret has no key, and its methods panic.
type Secret struct{ key *[sha256.Size]byte } // a pointer, so that no printing of a struct reaches the bytes

// SecretKey is the key of the secret in the meta of a store.
const SecretKey = "secret"

// NewSecret returns a secret of the system's random bytes.
func NewSecret() Secret {
	key := new([sha256.Size]byte)
	rand.Read(key[:]) // never fails
	return Secret{key}
}

// ParseSecret reads the 64 hexadecimal digits that Text returns. Its error does not contain the text.
func ParseSecret(text string) (Secret, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != sha256.Size {
		return Secret{}, errors.New("the secret of the store is not 64 hexadecimal digits")
	}
	return Secret{(*[sha256.Size]byte)(b)}, nil
}

// Text returns the secret as 64 hexadecimal digits, which only a store may have.
func (s Secret) Text() string { return hex.EncodeToString(s.key[:]) }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.key == nil }

// MAC returns the HMAC-SHA-256 (RFC 2104) of the parts for one purpose, which is a constant of the
// program: equal parts have equal codes, and without the secret a code reveals nothing else.
// Codes of different purposes, and of parts divided otherwise, have nothing to do with each other.
func (s Secret) MAC(purpose string, parts ...[]byte) [sha256.Size]byte {
	mac := hmac.New(sha256.New, s.key[:])
	var length [8]byte
	write := func(part []byte) {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write(part)
	}
	write([]byte(purpose))
	for _, part := range parts {
		write(part)
	}
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	return sum
}

const hidden = "(secret)"

// Format prints no byte of the secret, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// LogValue is what a log gets of the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText is what JSON and other encodings get of the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
