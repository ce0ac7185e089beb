// Package metrics is what Prometheus reads: requests and posted visits as they are counted, and the figures of the
// index when they are scraped.
package metrics

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tungnha/api/accesslog"
	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/internal/limit"
)

// Metrics answers Prometheus.
type Metrics struct {
	http.Handler
	Requests *prometheus.HistogramVec // seconds, by route, method and status
	Visits   *prometheus.CounterVec   // posted, by result
	Refused  *prometheus.CounterVec   // requests, by reason
	Bursts   prometheus.Counter       // of visits of one address
	Build    prometheus.Gauge         // seconds
	Jumps    prometheus.Counter       // of the machine's clock
	UnderWay atomic.Int64             // requests
}

// Source is what is read when the metrics are scraped.
type Source struct {
	Live      func() *live.Live      // nil until the data are read
	Everybody func() coverage.Viewer // whose totals are shown
	TileBytes func() uint64          // of the tiles that are cached
	Clock     func() time.Time
	Memory    *limit.Memory // what requests take of it; nil: not bounded
}

// New returns metrics of a server.
func New(source Source) *Metrics {
	m := &Metrics{
		Requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tungnha_request_seconds", Help: "Time to answer a request, by the pattern of its route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "method", "status"}),
		Visits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tungnha_visits_posted_total", Help: "Visits posted, by what became of them.",
		}, []string{"result"}),
		Refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tungnha_refused_total",
			Help: "Requests refused by a limit or because a door is shut, by reason.",
		}, []string{"reason"}),
		Bursts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tungnha_visits_bursts_total",
			Help: "Minutes in which one address had 1,000 visits recorded or more.",
		}),
		Build: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tungnha_index_build_seconds", Help: "Time that reading the data into memory took at the start.",
		}),
	}
	m.Jumps = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "tungnha_clock_jumps_total", Help: "How often the clock of this machine jumped by five seconds or more.",
	})
	for _, reason := range accesslog.Refusals { // a series that is there from the start can be seen to rise
		m.Refused.WithLabelValues(string(reason))
	}
	underWay := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tungnha_requests_under_way", Help: "Requests that are being answered.",
	}, func() float64 { return float64(m.UnderWay.Load()) })
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.Requests, underWay, m.Visits, m.Refused, m.Bursts, m.Build, m.Jumps,
		&indexCollector{source},
		&laneCollector{source.Memory}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.Handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true})
	return m
}

// CountRefused counts a request that was refused.
func (m *Metrics) CountRefused(reason accesslog.Refusal) {
	m.Refused.WithLabelValues(string(reason)).Inc()
}

var (
	indexItems = prometheus.NewDesc("tungnha_index_items", "What the index holds.", []string{"kind"}, nil)
	indexBytes = prometheus.NewDesc("tungnha_index_bytes", "Memory that the columns of the index take.",
		[]string{"kind"}, nil)
	indexInfo = prometheus.NewDesc("tungnha_index_info", "The version of the data that is served.",
		[]string{"version"}, nil)
	tileBytes = prometheus.NewDesc("tungnha_tile_cache_bytes",
		"Memory that finished tiles take in all their encodings.", nil, nil)
	sourceAge = prometheus.NewDesc("tungnha_source_age_seconds",
		"Time since the index was last known to hold all that the database does.", nil, nil)
	sourceUp = prometheus.NewDesc("tungnha_source_up", "Whether the database could be read when it was last tried.",
		nil, nil)
	sourceWritable = prometheus.NewDesc("tungnha_writable",
		"Whether the database could be written when that was last known.", nil, nil)
	sourceAltered = prometheus.NewDesc("tungnha_source_altered",
		"Whether the records are not those that the program wrote last, and nobody has accepted that.", nil, nil)
	indexReady = prometheus.NewDesc("tungnha_ready", "Whether the data are read.", nil, nil)
)

var (
	laneLimit = prometheus.NewDesc("tungnha_lane_limit_bytes", "Memory that requests of a kind may take together.",
		[]string{"lane"}, nil)
	laneTaken = prometheus.NewDesc("tungnha_lane_taken_bytes", "Memory that requests of a kind have taken, as estimated.",
		[]string{"lane"}, nil)
	laneWaiting = prometheus.NewDesc("tungnha_lane_waiting", "Requests that wait for memory of their kind.",
		[]string{"lane"}, nil)
	laneRefused = prometheus.NewDesc("tungnha_lane_refused_total", "Requests for which no memory became free in time.",
		[]string{"lane"}, nil)
)

// laneCollector reads the lanes of the memory when they are scraped.
type laneCollector struct{ memory *limit.Memory }

func (c *laneCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- laneLimit
	ch <- laneTaken
	ch <- laneWaiting
	ch <- laneRefused
}

func (c *laneCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.memory.States() {
		send := func(d *prometheus.Desc, kind prometheus.ValueType, n int64) {
			ch <- prometheus.MustNewConstMetric(d, kind, float64(n), s.Lane.String())
		}
		send(laneLimit, prometheus.GaugeValue, s.Bytes)
		send(laneTaken, prometheus.GaugeValue, s.Taken)
		send(laneWaiting, prometheus.GaugeValue, s.Waiting)
		send(laneRefused, prometheus.CounterValue, s.Refused)
	}
}

// indexCollector reads the figures of the index when they are scraped.
type indexCollector struct{ Source }

func (c *indexCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- indexItems
	ch <- indexBytes
	ch <- indexInfo
	ch <- indexReady
	ch <- tileBytes
	ch <- sourceAge
	ch <- sourceUp
	ch <- sourceWritable
	ch <- sourceAltered
}

// wholeMiB rounds bytes up to whole MiB: bytes divided by those of a visit would be their number.
func wholeMiB(bytes int) float64 { return float64((bytes + 1<<20 - 1) &^ (1<<20 - 1)) }

func (c *indexCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(tileBytes, float64(c.TileBytes()))
	live := c.Live()
	if live == nil {
		gauge(indexReady, 0)
		return
	}
	ix := live.Index()
	m := ix.Memory()
	gauge(indexReady, 1)
	f := live.Freshness()
	gauge(sourceAge, max(0, c.Clock().Sub(f.AsOf).Seconds()))
	truth := func(d *prometheus.Desc, is bool) {
		if is {
			gauge(d, 1)
		} else {
			gauge(d, 0)
		}
	}
	truth(sourceUp, f.Err == nil)
	truth(sourceWritable, live.Writable() == nil)
	truth(sourceAltered, f.Altered != nil)
	gauge(indexInfo, 1, ix.Version())
	totals := ix.For(c.Everybody()).Totals()
	gauge(indexItems, float64(totals.Households), "households")
	gauge(indexItems, float64(totals.Visits), "visits")
	gauge(indexItems, float64(len(ix.For(coverage.Operator).Teams())), "teams")
	gauge(indexBytes, wholeMiB(m.HouseholdBytes), "households")
	gauge(indexBytes, wholeMiB(m.VisitBytes), "visits")
}
