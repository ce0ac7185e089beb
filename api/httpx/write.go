package httpx

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// Handler is a route that returns what went wrong before it has answered anything.
type Handler func(http.ResponseWriter, *http.Request) error

// Immutable is the Cache-Control of an answer that its address alone determines.
const Immutable = "public, max-age=31536000, immutable"

// WriteTagged answers with content that changes with the data, the day or the program, under a
// tag made of it. The tag is weak: the answer may be compressed on its way. The error is the
// connection's.
func WriteTagged(w http.ResponseWriter, r *http.Request, mediaType string, content []byte) error {
	w.Header().Set("Cache-Control", "no-cache")
	if NotModified(w, r, WeakETag(content)) {
		return nil
	}
	w.Header().Set("Content-Type", mediaType)
	_, err := w.Write(content)
	return err
}

// WriteJSON is WriteTagged of a value as JSON. Its error is that of the encoding: nothing has
// been answered then.
func WriteJSON(w http.ResponseWriter, r *http.Request, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_ = WriteTagged(w, r, "application/json", content) // a client that is gone has no use for the error
	return nil
}

// WriteFresh answers with JSON that changes while the data do not, and must not be cached. v is
// made of strings and numbers: that it cannot be encoded is a mistake of the program.
func WriteFresh(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body.Bytes()) // a client that is gone has no use for the error
}

// WritePlain answers with a text that must not be cached.
func WritePlain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text)
}
