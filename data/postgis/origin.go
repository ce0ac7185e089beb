package postgis

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/data"
	"tungnha/data/postgis/column"
)

// PutBatches writes the batches of a store that is copied. From then on visits keep their origins.
func (tx *Tx) PutBatches(ctx context.Context, batches []data.Batch) error {
	tx.batches.Keep()
	if len(batches) == 0 {
		return nil
	}
	tx.changed = true
	var batch pgx.Batch
	queueBatches(&batch, batches)
	return tx.session.Send(ctx, &batch)
}

func queueBatches(batch *pgx.Batch, batches []data.Batch) {
	for i := range batches {
		b := &batches[i]
		batch.Queue(`INSERT INTO batches (batch, received_at, channel, sender) VALUES ($1, $2, $3, $4)`,
			b.ID, time.Unix(b.ReceivedAt, 0), string(b.Channel), column.TextValue(b.Sender))
	}
}

func streamBatches(ctx context.Context, db querier, yield func(*data.Batch) error) error {
	return each(ctx, db, `SELECT batch, received_at, channel, sender FROM batches ORDER BY batch`, func(row pgx.Rows) error {
		c := row.RawValues()
		return yield(&data.Batch{ID: column.RawInt64(c[0]), ReceivedAt: column.RawInstant(c[1]).Unix(),
			Channel: data.Channel(c[2]), Sender: string(c[3])})
	})
}

// copyOrigin appends batch and received_at to a row.
func copyOrigin(b []byte, o *data.Origin) []byte {
	if o.Batch == 0 {
		b = column.CopyNull(b)
	} else {
		b = column.CopyInt64(b, o.Batch)
	}
	if o.ReceivedAt == 0 {
		return column.CopyNull(b)
	}
	return column.CopyInt64(b, (o.ReceivedAt-column.EpochSeconds)*1e6)
}
