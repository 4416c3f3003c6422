package main

import (
	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// startUI serves the web UI in the background, if asked for, and returns how to stop it. A UI that cannot listen ends
// the process: the library exits by itself, and checkPorts has already caught the usual reason.
func startUI(opts options) (stop func()) {
	if opts.UIPort == 0 {
		return func() {}
	}
	ui := server.NewServer(server_options.WithConfigProvider(&config.Config{
		TemporalGRPCAddress: opts.address(),
		Host:                opts.IP,
		Port:                opts.UIPort,
		EnableUI:            true,
		DefaultNamespace:    namespace,
		CORS:                config.CORS{CookieInsecure: true}, // plain http on the own machine
		DisableNewsFetch:    true,                              // a development machine may have no way out
		HideLogs:            true,
	}))
	go func() { _ = ui.Start() }()
	return ui.Stop
}
