package transfer

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/internal/problem"
)

// receiveTimeout is how long a client may take to send another piece of a file.
const receiveTimeout = 30 * time.Second

// arriving extends the deadline of the request with every piece that arrives.
type arriving struct {
	io.ReadCloser
	conn *http.ResponseController
}

func (a *arriving) Read(b []byte) (int, error) {
	until := time.Now().Add(receiveTimeout)
	if err := errors.Join(a.conn.SetReadDeadline(until), a.conn.SetWriteDeadline(
		until.Add(receiveTimeout))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return a.ReadCloser.Read(b)
}

// receive writes the files of a form beside each other.
func (im *Imports) receive(w http.ResponseWriter, r *http.Request, one *importRun) error {
	r.Body = http.MaxBytesReader(w, &arriving{r.Body, http.NewResponseController(w)}, im.Limits.Bytes)
	form, err := r.MultipartReader()
	if err != nil {
		return httpx.Problem(http.StatusBadRequest, "body: "+err.Error())
	}
	var files []ImportedFile
	for {
		part, err := form.NextPart()
		if err == io.EOF && len(files) == 0 {
			return request.Parameter("body", "", "", problem.NoFileInForm())
		}
		if err == io.EOF {
			im.mu.Lock()
			defer im.mu.Unlock()
			one.files = files
			return nil
		}
		if err != nil {
			return formError(err)
		}
		if part.FileName() == "" {
			return request.Parameter("body", part.FormName(), "", problem.NotFileOfForm())
		}
		if len(files) == im.Limits.Files {
			return request.Parameter("body", "", "", problem.TooManyFiles(im.Limits.Files))
		}
		file, err := saveFile(part, filepath.Join(one.folder.path, "files"), fileName(part.FileName(), files))
		if err != nil {
			return err
		}
		files = append(files, file)
	}
}

func saveFile(part *multipart.Part, dir, name string) (ImportedFile, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return ImportedFile{}, err
	}
	source := &partReader{part: part}
	n, err := io.Copy(f, source)
	if source.err != nil {
		err = formError(source.err) // not of our disk
	}
	return ImportedFile{name, n}, errors.Join(err, f.Close())
}

// partReader keeps the error of reading, to distinguish it from those of writing.
type partReader struct {
	part *multipart.Part
	err  error
}

func (p *partReader) Read(b []byte) (int, error) {
	n, err := p.part.Read(b)
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

// formError distinguishes a form that is broken from one that is too large, or whose client is gone.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	var broken net.Error
	if errors.As(err, &tooLarge) || errors.As(err, &broken) {
		return err
	}
	return httpx.Problem(http.StatusBadRequest,
		"body: the form ends before its last file does, or is none: "+err.Error())
}

// maxFileName bounds the name of a file in letters; each takes at most four bytes.
const maxFileName = 60

// fileName makes a plain name of whatever a client calls its file, another than those before.
func fileName(name string, before []ImportedFile) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("._- ()", r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(name, "_"))
	letters := []rune(strings.TrimLeft(plain, ". "))
	if over := len(letters) - maxFileName; over > 0 {
		letters = letters[over:] // the end is its type
	}
	plain = strings.TrimSpace(string(letters))
	if plain == "" {
		plain = "file"
	}
	unique := plain
	for n := 2; ; n++ {
		taken := false
		for _, f := range before {
			taken = taken || strings.EqualFold(f.Name, unique)
		}
		if !taken {
			return unique
		}
		unique = fmt.Sprintf("%d-%s", n, plain)
	}
}
