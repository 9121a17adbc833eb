using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.HttpTests;

/// <summary>HTTP over a Unix domain socket, as to the Docker engine.</summary>
public sealed class UnixSocketTests
{
    [Fact]
    public async Task A_server_behind_a_unix_socket_is_asked_by_any_name()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("http-unix-");
        string path = Path.Combine(directory.FullName, "s");
        try
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path));
            await using WebApplication app = builder.Build();
            app.Run(context => context.Response.WriteAsync($"{context.Request.Method} {context.Request.Host} {context.Request.Path}"));
            await app.StartAsync(TestContext.Current.CancellationToken);
            await using var http = new HttpSession(new() { Transport = TransportOptions.Default with { UnixSocketPath = path } });
            using HttpReply reply = await http.GetAsync("http://docker/v1.44/info").WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            Assert.Equal("GET docker /v1.44/info", await reply.ReadTextAsync());
            using HttpReply form = await http.PostAsync("http://docker/x", Multipart.Of(("a", "b"))).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal("POST docker /x", await form.ReadTextAsync());
            await app.StopAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
