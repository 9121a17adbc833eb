using System.Globalization;
using System.Net;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool;

/// <summary>HTTP: a session against a mock server in clear text, and one over TLS.</summary>
internal static class HttpTour
{
    public static async Task RunAsync(TourLog log, CancellationToken cancellationToken)
    {
        MockHttpServer server = await MockHttpServer.StartAsync(null, cancellationToken);
        await using (server)
        {
            var http = new HttpSession(new HttpSessionOptions
            {
                BaseAddress = server.Url,
                Transport = server.Transport,
                Credentials = new Credentials("ann", "tour-secret"),
                Resilience = ResilienceOptions.Default with { BaseDelay = TimeSpan.FromMilliseconds(10) },
            });
            await using (http) await ClearTextAsync(log, server, http, cancellationToken);
        }

        await TlsAsync(log, cancellationToken);
    }

    private static async Task ClearTextAsync(TourLog log, MockHttpServer server, HttpSession http, CancellationToken cancellationToken)
    {
        server.Routes.Post("/echo").Handle(static async context =>
        {
            context.Response.ContentType = context.Request.ContentType;
            await context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
        });
        using (HttpReply reply = await http.PostAsync("/echo", new StringContent("naïve"), cancellationToken: cancellationToken))
            log.Check("POST /echo", "naïve", await reply.ReadTextAsync(cancellationToken: cancellationToken));

        server.Routes.Get("/old").Redirect("/new", 301);
        server.Routes.Get("/new").Respond("moved here");
        using (HttpReply reply = await http.GetAsync("/old", cancellationToken: cancellationToken))
            log.Check("GET /old, redirected once", server.UrlOf("/new"), reply.FinalUrl);

        server.Routes.Get("/private").Handle(static context =>
        {
            bool known = context.Request.Headers.Authorization == "Basic " + Convert.ToBase64String("ann:tour-secret"u8);
            if (!known) context.Response.Headers.WWWAuthenticate = "Basic realm=\"tour\"";
            context.Response.StatusCode = known ? 200 : 401;
            return Task.CompletedTask;
        });
        using (HttpReply reply = await http.GetAsync("/private", cancellationToken: cancellationToken))
            log.Check("GET /private, answering a challenge", HttpStatusCode.OK, reply.Status);
        log.Check("  requests, the unauthenticated one first", server.Calls.Count(call => call.Path == "/private"), 2);

        server.Authentication = MockAuthentication.Digest("ann", "tour-secret", "SHA-512-256");
        using (HttpReply reply = await http.GetAsync("/new", cancellationToken: cancellationToken))
            log.Check("GET /new, by Digest with SHA-512-256", "moved here", await reply.ReadTextAsync(cancellationToken: cancellationToken));
        server.Authentication = null;

        server.Routes.Get("/login").Respond("welcome").Header("Set-Cookie", "visit=42; Path=/; HttpOnly");
        server.Routes.Get("/mine").Respond("yours");
        using (await http.GetAsync("/login", cancellationToken: cancellationToken)) log.Check("GET /login, cookies of the session", 1, http.Cookies.Cookies.Count);
        using (await http.GetAsync("/mine", cancellationToken: cancellationToken))
            log.Check("  the cookie that GET /mine carried", "visit=42", server.Calls.Last(call => call.Path == "/mine")["Cookie"]);

        server.Routes.Get("/busy").Respond(503).Header("Retry-After", "0").Then.Respond("now");
        using (HttpReply reply = await http.GetAsync("/busy", cancellationToken: cancellationToken))
            log.Check("GET /busy, asked again after 503", "now", await reply.ReadTextAsync(cancellationToken: cancellationToken));

        server.Routes.Post("/pay").Respond(500);
        using (await http.PostAsync("/pay", new StringContent("1"), cancellationToken: cancellationToken))
            log.Check("POST /pay answered 500 is not repeated; requests", server.Calls.Count(call => call.Path == "/pay"), 1);

        using HttpReply missing = await http.GetAsync("/nothing", cancellationToken: cancellationToken);
        await log.CheckFailsAsync<HttpStatusException>("GET /nothing is refused", () => Task.FromResult(missing.EnsureSuccess()),
            failure => ((int)failure.Status).ToString(CultureInfo.InvariantCulture));
    }

    private static async Task TlsAsync(TourLog log, CancellationToken cancellationToken)
    {
        MockHttpServer good = await MockHttpServer.StartAsync(new MockHttpServerOptions { Tls = true }, cancellationToken);
        await using (good)
        {
            good.Routes.Get("/").Respond("over TLS");
            var http = new HttpSession(new HttpSessionOptions { Transport = good.Transport });
            await using (http)
            {
                using HttpReply reply = await http.GetAsync(good.Url.AbsoluteUri, cancellationToken: cancellationToken);
                log.Check("GET over TLS, the version agreed by ALPN", good.Calls.First().Protocol, "HTTP/" + reply.Version.ToString(reply.Version.Major > 1 ? 1 : 2));
            }
        }

        foreach (CertificateKind kind in (CertificateKind[])[CertificateKind.Expired, CertificateKind.WrongName, CertificateKind.UnknownAuthority])
        {
            MockHttpServer bad = await MockHttpServer.StartAsync(new MockHttpServerOptions { Tls = true, Certificate = kind }, cancellationToken);
            await using (bad)
            {
                var http = new HttpSession(new HttpSessionOptions { Transport = bad.Transport, Resilience = ResilienceOptions.None });
                await using (http)
                {
                    await log.CheckFailsAsync<TransportException>($"a certificate that is {kind} is refused",
                        async () => (await http.GetAsync(bad.Url.AbsoluteUri, cancellationToken: cancellationToken)).Dispose(),
                        failure => failure.Message);
                }

                log.Check("  requests that the server saw", bad.Calls.Count, 0);
            }
        }
    }
}
