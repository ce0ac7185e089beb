package main

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// proxy is on loopback between a server and its database, and does to their connections
// what networks do.
type proxy struct {
	listener net.Listener
	target   string

	mu       sync.Mutex
	links    map[*link]bool
	delay    time.Duration // of each piece, in both directions
	refusing bool          // new connections are closed at once
	lossy    bool          // pieces vanish; both ends see an open connection
	cutAt    int           // bytes from the database after which a connection is cut; 0: never
	commits  commitFault   // what happens to a connection that commits

	accepted int // connections so far
	faulted  int // commits that a fault happened to
}

// commitFault is a way to leave a server in doubt about what it wrote.
type commitFault int

const (
	commitsPass       commitFault = iota
	commitsLost                   // the connection is cut before the database receives it
	commitsUnanswered             // … before the server receives the answer
	commitsSilent                 // it is done, and nothing is received from then on
)

// link is one connection through the proxy.
type link struct {
	server, database *net.TCPConn
	commit           commitFault // of the commit under way
	silent           bool
}

// newProxy returns a proxy to the database of a URL, and the URL by which it is reached.
func newProxy(t testing.TB, database string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: u.Host, links: make(map[*link]bool)}
	go p.accept()
	t.Cleanup(func() {
		listener.Close()
		p.cut()
	})
	u.Host = listener.Addr().String()
	return p, u.String()
}

// count returns one of the proxy's counts.
func (p *proxy) count(of *int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return *of
}

// heal ends every fault.
func (p *proxy) heal() {
	p.set(func(p *proxy) { p.delay, p.refusing, p.lossy, p.cutAt, p.commits = 0, false, false, 0, commitsPass })
}

// set changes what the proxy does from now on.
func (p *proxy) set(change func(*proxy)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.mu.Lock()
		refusing := p.refusing
		p.mu.Unlock()
		if refusing {
			conn.Close()
			continue
		}
		database, err := net.Dial("tcp", p.target)
		if err != nil {
			conn.Close()
			continue
		}
		l := &link{server: conn.(*net.TCPConn), database: database.(*net.TCPConn)}
		p.mu.Lock()
		p.links[l] = true
		p.accepted++
		p.mu.Unlock()
		go p.carry(l, l.server, l.database, false)
		go p.carry(l, l.database, l.server, true)
	}
}

// carry takes the bytes of one direction to the other end, until the one that sends ends it.
func (p *proxy) carry(l *link, from, to *net.TCPConn, answers bool) {
	buffer := make([]byte, 16<<10)
	carried := 0
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		delay, lossy, cutAt, commits := p.delay, p.lossy || l.silent, p.cutAt, commitsPass
		if answers {
			commits = l.commit
		} else if bytes.Contains(buffer[:n], []byte("commit")) {
			commits, l.commit = p.commits, p.commits
			if commits != commitsPass {
				p.faulted++
			}
		}
		p.mu.Unlock()
		time.Sleep(delay)
		carried += n
		switch {
		case answers && cutAt > 0 && carried > cutAt, // before the answer is through
			!answers && commits == commitsLost,
			answers && n > 0 && commits == commitsUnanswered:
			p.end(l)
			return
		case answers && commits == commitsSilent:
			p.set(func(*proxy) { l.silent = true })
			lossy = true
		}
		if n > 0 && !lossy {
			if _, err := to.Write(buffer[:n]); err != nil {
				p.end(l)
				return
			}
		}
		if err != nil {
			if err == io.EOF {
				_ = to.CloseWrite() // the other direction may go on
			} else {
				p.end(l)
			}
			return
		}
	}
}

// end resets both ends of a connection.
func (p *proxy) end(l *link) {
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
	for _, conn := range []*net.TCPConn{l.server, l.database} {
		_ = conn.SetLinger(0)
		conn.Close()
	}
}

// each does something to every connection.
func (p *proxy) each(do func(*link)) {
	p.mu.Lock()
	links := make([]*link, 0, len(p.links))
	for l := range p.links {
		links = append(links, l)
	}
	p.mu.Unlock()
	for _, l := range links {
		do(l)
	}
}

// cut resets every connection.
func (p *proxy) cut() { p.each(p.end) }
