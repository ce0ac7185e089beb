// Command tungnha shows whoever runs a door-to-door programme which households have been
// reached: on a map, in a table, in a file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"tungnha/api/accesslog"
	"tungnha/internal/problem"
)

// The exit statuses.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitRejected    = 3
	exitInterrupted = 130 // as shells report a program that Ctrl-C ended
)

// errRejected means that the work is done, but some rows were left out, or there were none in a file.
var errRejected = errors.New("some rows were rejected")

// usageError is a wrong flag that only shows once all flags are known.
type usageError struct{ reason string }

func (e *usageError) Error() string { return e.reason }

// cli is the command line.
type cli struct {
	Config    string     `help:"Settings file; docs/tungnha.example.toml lists every key." placeholder:"tungnha.toml" env:"TUNGNHA_CONFIG"`
	Lang      string     `help:"Language of reports and messages: vi or en; without it: that of LC_ALL, LC_MESSAGES or LANG." enum:",vi,en" default:"" placeholder:"vi|en" env:"TUNGNHA_LANG"`
	LogLevel  slog.Level `help:"Least level of what is logged: debug, info, warn or error." default:"info" env:"TUNGNHA_LOG_LEVEL"`
	LogFormat string     `help:"Form of what is logged: json or text; without it: json for serve, text for the others." enum:",json,text" default:"" placeholder:"json|text" env:"TUNGNHA_LOG_FORMAT"`

	Demo     demoCmd     `cmd:"" help:"Make up a programme and show it on a map."`
	Serve    serveCmd    `cmd:"" help:"Show the map and answer the routes."`
	Import   importCmd   `cmd:"" help:"Read files of areas, households, teams and visits into the database."`
	Coverage coverageCmd `cmd:"" help:"Print who was reached, by area, cell, team, day, week or month."`
	Export   exportCmd   `cmd:"" help:"Write a layer to a file."`
	Verify   verifyCmd   `cmd:"" help:"Check a file that was exported against the database it is of."`
	Sample   sampleCmd   `cmd:"" help:"Write the files of a made-up programme."`
	Copy     copyCmd     `cmd:"" help:"Copy a database into an empty one, of the same kind or the other."`
	Check    checkCmd    `cmd:"" help:"Look for damage in the database, and for edits by other programs."`
	Backup   backupCmd   `cmd:"" help:"Write a checked copy of the database file, also beside a running server."`
	Revert   revertCmd   `cmd:"" help:"Withdraw visits by the batch, the sender or the time they came with, or bring them back."`
	Version  versionCmd  `cmd:"" help:"Print the version of the program."`
}

// program is what every command is given: where it writes and which time it is.
type program struct {
	stdout, stderr io.Writer
	clock          func() time.Time
	settings       *settings
	lang           problem.Lang // of what is printed; logs are in English
	log            *slog.Logger
	requests       *slog.Logger // lines about requests, which may wait for others
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second Ctrl-C ends the program at once
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := &program{stdout: stdout, stderr: stderr, clock: time.Now, lang: chooseLang(args)}
	if err := p.checkPasswords(args); err != nil {
		fmt.Fprintln(stderr, "tungnha:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	c, command, status, err := p.parse(ctx, args)
	switch {
	case status >= 0: // --help was answered
		return status
	case err != nil:
		fmt.Fprintln(stderr, "tungnha:", p.errorText(err))
		fmt.Fprintln(stderr, p.say("Try: tungnha --help"))
		return exitUsage
	}
	output := accesslog.NewOutput(stderr)
	p.openLogs(c, command, output)
	err = command.Run()
	output.Close()
	return p.status(ctx, err)
}

// openLogs makes the logs of the program, in one output. Lines of requests are in the form of the others. A server goes
// on also where nobody reads its log.
func (p *program) openLogs(c *cli, command *kong.Context, output *accesslog.Output) {
	name := command.Selected().Name
	open := func(w io.Writer) *slog.Logger {
		options := &slog.HandlerOptions{Level: c.LogLevel}
		if c.LogFormat == "json" || c.LogFormat == "" && name == "serve" {
			return slog.New(slog.NewJSONHandler(w, options))
		}
		return slog.New(slog.NewTextHandler(w, options))
	}
	direct := open(output)
	p.log, p.requests = direct, open(output.Lines())
	if name == "serve" || name == "demo" {
		p.log = open(output.Urgent())
	}
	output.Dropped = func(lines int) {
		direct.Warn("lines of the log were dropped: what reads it did not take them in time", slog.Int("lines", lines))
	}
	slog.SetDefault(p.log) // for those who are given no other
}

// parse reads the command line, and once more where it names a settings file: what is
// there takes the place of defaults, never of a flag or a variable. status is what the
// program ends with where there is nothing left to do, else -1.
func (p *program) parse(ctx context.Context, args []string) (c *cli, command *kong.Context, status int, err error) {
	p.settings = defaultSettings()
	if c, command, status, err = p.parseOnce(ctx, args); err != nil || status >= 0 || c.Config == "" {
		return c, command, status, err
	}
	if p.settings, err = readSettings(c.Config); err != nil {
		return nil, nil, -1, err
	}
	return p.parseOnce(ctx, args, kong.Resolvers(p.settings))
}

func (p *program) parseOnce(ctx context.Context, args []string, options ...kong.Option) (*cli, *kong.Context, int,
	error) {
	var c cli
	status := -1
	parser, err := kong.New(&c, append(options,
		kong.Name("tungnha"),
		kong.Description("Từng Nhà: which households of a door-to-door programme have been reached.\n\nExit status: 0 done; 1 failed; 2 wrong usage; 3 done, but some rows were rejected or a file had none; 130 interrupted."),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(s int) { status = s }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
		kong.Vars{"households": "60000", "formats": formatNames()},
	)...)
	if err != nil {
		return nil, nil, -1, err
	}
	command, err := parser.Parse(args)
	return &c, command, status, err
}

// status prints the error, if there is one, and turns it into the exit status.
func (p *program) status(ctx context.Context, err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errRejected): // the report has it
		return exitRejected
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(p.stderr, "tungnha:", p.say("interrupted"))
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintln(p.stderr, "tungnha:", err)
		return exitUsage
	case errors.Is(err, errDamaged):
		fmt.Fprintln(p.stderr, "tungnha:", p.say("the check of the database found something"))
		return exitFailed
	case errors.Is(err, errDiffers):
		fmt.Fprintln(p.stderr, "tungnha:", p.say("the file differs from the database"))
		return exitFailed
	}
	fmt.Fprintln(p.stderr, "tungnha:", p.errorText(err))
	return exitFailed
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, "tungnha", version())
	return err
}

// version is the module's version, or the commit that the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	commit, changed := "devel", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	return commit + changed
}
