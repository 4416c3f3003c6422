package api

import (
	"context"
	"encoding/json"
	"fmt"

	"truckroll/api/gen"
	"truckroll/dispatch"
)

// batchBodies names the schema of each command that may stand in a batch. Photos and
// signatures do not: their files are checked when they come in.
var batchBodies = map[dispatch.Action]string{
	dispatch.ActionContact: "ContactAttempt", dispatch.ActionDelay: "ReportDelay", dispatch.ActionAnswer: "CustomerAnswer",
	dispatch.ActionDepart: "Depart", dispatch.ActionArrive: "Arrive", dispatch.ActionEnter: "Enter",
	dispatch.ActionNoAccess: "NoAccess", dispatch.ActionStep: "ConfirmStep", dispatch.ActionTest: "RecordTest",
	dispatch.ActionComplete: "Complete", dispatch.ActionHold: "PutOnHold", dispatch.ActionFail: "Fail",
}

// BatchVisit runs several commands of a visit, all or nothing: what a phone gathered while
// it had no network.
func (s *server) BatchVisit(ctx context.Context, r gen.BatchVisitRequestObject) (gen.BatchVisitResponseObject, error) {
	if err := s.mayTouch(ctx, r.Number); err != nil {
		return nil, err
	}
	commands := make([]dispatch.Timed, len(r.Body.Commands))
	for i, e := range r.Body.Commands {
		c, err := s.unpack(e, fmt.Sprintf("commands.%d.with", i))
		if err != nil {
			return nil, err
		}
		commands[i] = dispatch.Timed{Command: c, DeviceAt: e.DeviceAt}
	}
	req, err := dispatch.NewRequest(caller(ctx).Actor, commands...)
	if err != nil {
		return nil, err
	}
	receipt, err := s.send(ctx, r.Number, r.Params.IdempotencyKey, req)
	if err != nil {
		return nil, err
	}
	return gen.BatchVisit200JSONResponse(receipt), nil
}

// unpack checks a command of a batch as strictly as if it had come alone.
func (s *server) unpack(e dispatch.Envelope, field string) (dispatch.Command, error) {
	name, ok := batchBodies[e.Do]
	if !ok {
		return nil, invalid("", field, "%q cannot stand in a batch.", e.Do)
	}
	if len(e.With) == 0 {
		e.With = json.RawMessage("{}")
	}
	var body any
	if err := json.Unmarshal(e.With, &body); err != nil {
		return nil, badRequest(field, "This is not JSON.")
	}
	if err := s.spec.Components.Schemas[name].Value.VisitJSON(body); err != nil {
		return nil, under(field, describedBody(err, ""))
	}
	c, err := dispatch.Envelope{Do: e.Do}.Decode()
	if err != nil {
		return nil, err
	}
	if err := decodeStrict(e.With, c); err != nil {
		return nil, under(field, err)
	}
	return c, nil
}
