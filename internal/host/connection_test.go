package host

import (
	"errors"
	"testing"
)

// What is closed stays closed: no question opens another connection.
func TestNoConnectionAfterTheEnd(t *testing.T) {
	s := newSystemd(t.Context())
	s.close()
	conn, err := s.connect()
	if conn != nil || err == nil || errors.Is(err, ErrNoSystemd) {
		t.Errorf("%v, %v", conn, err)
	}
}
