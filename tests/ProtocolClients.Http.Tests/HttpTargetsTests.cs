using System.Net;

namespace ProtocolClients.HttpTests;

public sealed class HttpTargetsTests
{
    // What follows from an origin is found out once in a row; none is taken for another.
    [Fact]
    public void Each_text_has_its_own_target_whatever_was_asked_for_before()
    {
        var targets = new HttpTargets(null);
        for (int round = 0; round < 2; round++)
        {
            // Many more than are kept, so that some fall together.
            for (int i = 0; i < 1000; i++)
            {
                string scheme = i % 3 == 0 ? "https" : "http";
                string host = $"h{i / 5}.example";
                int port = 8000 + (i / 2 % 2);
                HttpTarget target = targets.Of($"{scheme}://{host}:{port}/p{i}");
                Assert.Equal($"{scheme}://{host}:{port}", target.Origin);
                Assert.Equal(new DnsEndPoint(host, port), target.EndPoint);
                Assert.Equal((host, $"/p{i}", $"{scheme}://{host}:{port}/p{i}"), (target.CookieHost, target.Path, target.Url.AbsoluteUri));
                Assert.Equal((host, target.Origin), (target.Party.Host, target.Party.Name));
            }
        }

        Assert.Same(targets.Of("http://a/x"), targets.Of("http://a/x"));
        Assert.NotSame(targets.Of("http://u:p@a/x"), targets.Of("http://u:p@a/x"));
        Assert.Null(targets.Of("http://a/x").Credentials);
    }
}
