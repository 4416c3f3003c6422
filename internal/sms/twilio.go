package sms

import (
	"context"
	"errors"
	"fmt"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"
)

// Twilio sends through Twilio's Messages resource
// (https://www.twilio.com/docs/messaging/api/message-resource).
type Twilio struct {
	api  *openapi.ApiService
	from string
}

// NewTwilio makes a sender from an account, its token, and the number (E.164) or messaging
// service id (MG...) that texts come from.
func NewTwilio(accountSID, authToken, from string) (*Twilio, error) {
	if accountSID == "" || authToken == "" || from == "" {
		return nil, errors.New("twilio needs an account, a token and a sender")
	}
	c := &client.Client{Credentials: client.NewCredentials(accountSID, authToken)}
	c.SetAccountSid(accountSID)
	return &Twilio{api: openapi.NewApiService(client.NewRequestHandler(c)), from: from}, nil
}

// Name returns "twilio".
func (*Twilio) Name() string { return "twilio" }

// Send posts one message. The library takes no context: a cancelled send may still arrive.
func (t *Twilio) Send(_ context.Context, to, text string) (string, error) {
	params := (&openapi.CreateMessageParams{}).SetTo(to).SetBody(text)
	if len(t.from) > 2 && t.from[:2] == "MG" {
		params.SetMessagingServiceSid(t.from)
	} else {
		params.SetFrom(t.from)
	}
	resp, err := t.api.CreateMessage(params)
	if err != nil {
		return "", fmt.Errorf("twilio: %w", err)
	}
	if resp.Sid == nil {
		return "", errors.New("twilio: the answer names no message")
	}
	return *resp.Sid, nil
}
