package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNobodyReadsTheLog: a server whose log goes into a pipe that nobody reads answers all the same, also requests
// whose lines are urgent. Once the pipe is read every line is there, or among those that a line says were dropped.
func TestNobodyReadsTheLog(t *testing.T) {
	dir := imported(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command(binary, "serve", "--db", filepath.Join(dir, "tungnha.gpkg"), "--addr", "127.0.0.1:0",
		"--client-rate", "0", "--host", "map.example")
	cmd.Dir, cmd.Stderr = dir, write
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close() // the server has it alone
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatal("no server")
	}
	_, url, _ := strings.Cut(lines.Text(), "http://")
	url = "http://" + strings.TrimSuffix(url, "/")

	requests := 0
	get := func(host string, want int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if requests++; res.StatusCode != want {
			t.Fatalf("request %d: status %d, want %d", requests, res.StatusCode, want)
		}
	}
	for range 8_000 { // some 250 bytes each: more than the pipe and the server's buffer have room for
		get("map.example", http.StatusOK)
	}
	for range 10 { // a line of its own about each, at once
		get("attacker.example", http.StatusMisdirectedRequest)
	}
	stop := func() { cmd.Process.Signal(syscall.SIGTERM) }
	logged, dropped := 0, 0
	log := bufio.NewScanner(read)
	for log.Scan() {
		var line struct {
			Msg   string
			Lines int
		}
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%q: %v", log.Bytes(), err)
		}
		switch {
		case line.Msg == "request", line.Msg == "refused":
			logged++
		case line.Lines > 0:
			dropped += line.Lines
			stop() // what is written then comes as ever
		}
	}
	if dropped == 0 || logged+dropped != requests+10 {
		t.Errorf("%d requests, 10 of them with a second line: %d lines, and %d told as dropped", requests, logged, dropped)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}
