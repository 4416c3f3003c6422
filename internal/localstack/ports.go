package localstack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

const loopback = "127.0.0.1"

// claimPort answers with port, or a free one for 0. A taken port is given a few seconds, because a server that an
// earlier run left behind may be about to let go of it; then the error says who needs it and which setting moves it.
func claimPort(ctx context.Context, port int, what, setting string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", hostPort(port))
		if err == nil {
			addr, ok := l.Addr().(*net.TCPAddr)
			if !ok {
				return 0, errors.Join(fmt.Errorf("%s is no TCP address", l.Addr()), l.Close())
			}
			return addr.Port, l.Close()
		}
		if pause(ctx, 100*time.Millisecond) != nil {
			return 0, fmt.Errorf("port %d, which %s needs, is taken (%w): stop what listens there, or set %s to another port",
				port, what, err, setting)
		}
	}
}

func hostPort(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
