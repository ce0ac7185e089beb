package transfer

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/internal/problem"
)

// The routes of jobs are plain ones: a job changes while the data do not, and its file is requested
// in ranges.

// JobStatus is a job as JSON shows it.
type JobStatus struct {
	ID      string   `json:"id"`
	Status  jobState `json:"status" enum:"queued,running,done,failed"`
	Rows    int64    `json:"rows" doc:"written so far"`
	AtMost  int      `json:"at_most" doc:"rows that there can be; of households some are left out"`
	Bytes   int64    `json:"bytes" doc:"written so far"`
	File    string   `json:"file" doc:"name of the file"`
	Result  *string  `json:"result" doc:"where the file is, once it is done"`
	Expires *string  `json:"expires" format:"date-time" doc:"when a finished file goes"`
	Reason  *string  `json:"reason" doc:"why it failed"`

	Code     *problem.Code `json:"code" doc:"of a failed one: what it is, for programs"`
	ReasonVI *string       `json:"reason_vi" doc:"reason in Vietnamese"`
}

// Status returns how far a job is.
func (j *Jobs) Status(one *Job) JobStatus {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := JobStatus{ID: one.ID, Status: one.state, Rows: one.rows.Load(), AtMost: one.atMost, Bytes: one.size,
		File: one.name}
	switch one.state {
	case done:
		at, expires := "/api/v1/jobs/"+one.ID+"/file", one.ended.Add(j.limits.Age).UTC().Format(time.RFC3339)
		s.Result, s.Expires = &at, &expires
	case failed:
		code, english, vietnamese := one.problem.Code(), one.problem.Reason(problem.English),
			one.problem.Reason(problem.Vietnamese)
		s.Code, s.Reason, s.ReasonVI = &code, &english, &vietnamese
	}
	return s
}

// WriteAccepted answers the request that started a job with where it is.
func (j *Jobs) WriteAccepted(w http.ResponseWriter, one *Job) {
	status := j.Status(one)
	w.Header().Set("Location", "/api/v1/jobs/"+one.ID)
	w.Header().Set("Preference-Applied", "respond-async")
	w.Header().Set("Vary", "Prefer")
	httpx.WriteFresh(w, http.StatusAccepted, &status)
}

// JobResponse describes an answer with a job.
func JobResponse(schemas huma.Registry, description string) *huma.Response {
	return httpx.JSONResponse[JobStatus](schemas, description)
}

// job returns the job that the path names, to those who see what it is made of.
func (j *Jobs) job(r *http.Request) (*Job, error) {
	return j.find(chi.URLParam(r, "id"), request.Viewer(r.Context()).Key())
}

func describeJob(op *huma.Operation, id, summary string) {
	op.OperationID, op.Summary, op.Tags = id, summary, []string{"exports"}
	op.Parameters = []*huma.Param{acceptedID()}
}

// acceptedID describes the parameter that a path takes from the Location of an answer 202.
func acceptedID() *huma.Param {
	return &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
		Description: "as the Location of the answer 202 has it"}
}

// DescribeGet describes Get.
func (j *Jobs) DescribeGet(op *huma.Operation, schemas huma.Registry) {
	describeJob(op, "get-job", "How far an export is")
	op.Responses["200"] = JobResponse(schemas, "The job")
}

// Get answers with the status of a job.
func (j *Jobs) Get(w http.ResponseWriter, r *http.Request) error {
	one, err := j.job(r)
	if err != nil {
		return err
	}
	status := j.Status(one)
	if status.Status == queued || status.Status == running {
		w.Header().Set("Retry-After", "1")
	}
	httpx.WriteFresh(w, http.StatusOK, &status)
	return nil
}

// DescribeDelete describes Delete.
func (j *Jobs) DescribeDelete(op *huma.Operation, _ huma.Registry) {
	describeJob(op, "delete-job", "Stop an export, or let its file go")
	op.Responses["204"] = &huma.Response{Description: "It is gone"}
}

// Delete stops a job, or removes its file before its time.
func (j *Jobs) Delete(w http.ResponseWriter, r *http.Request) error {
	one, err := j.job(r)
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.drop(one)
	j.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// DescribeFile describes File, which may have any of the media types.
func DescribeFile(mediaTypes map[string]*huma.MediaType) httpx.Describe {
	return func(op *huma.Operation, _ huma.Registry) {
		describeJob(op, "get-job-file", "The file of an export that is done")
		op.Description = "With Range and If-Range a download that broke off goes on where it ended."
		op.Responses["200"] = &huma.Response{Description: "The file", Content: mediaTypes}
		op.Responses["206"] = &huma.Response{Description: "The range that was asked for", Content: mediaTypes}
		op.Responses["409"] = &huma.Response{Description: "The file is not done"}
	}
}

// File answers with the file, or with the requested ranges of it. The file never
// changes, so its tag is the job's id.
func (j *Jobs) File(w http.ResponseWriter, r *http.Request) error {
	one, err := j.job(r)
	if err != nil {
		return err
	}
	f, size, release, ok := j.open(one)
	if !ok {
		return httpx.Problem(http.StatusConflict, fmt.Sprintf("the job is %s: there is no file yet",
			j.Status(one).Status))
	}
	defer release()
	h := w.Header()
	h.Set("Content-Type", one.mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+one.name+`"`)
	h.Set("ETag", `"`+one.ID+`"`)
	h.Set("Cache-Control", "private, max-age=600, immutable")
	httpx.ServeRanges(w, r, io.NewSectionReader(f, 0, size))
	return nil
}
