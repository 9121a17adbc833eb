using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Pooling;

/// <summary>What keeps connections apart (rows 3 and 4 of the list of advisories).</summary>
public sealed class ConnectionPoolKeyTests
{
    public static TheoryData<string> Flips => [.. Others.Keys];

    private static PoolKey Plain => new(
        new DnsEndPoint("h.example", 21), new TransportOptions { Tls = new TlsOptions { Mode = TlsMode.None } }, new Credentials("user", "secret"));

    private static Dictionary<string, Func<PoolKey, PoolKey>> Others { get; } = new(StringComparer.Ordinal)
    {
        ["host"] = k => new(new DnsEndPoint("other.example", 21), k.Transport, k.Credentials),
        ["port"] = k => new(new DnsEndPoint("h.example", 22), k.Transport, k.Credentials),
        ["TLS mode"] = k => new(k.EndPoint, k.Transport with { Tls = new TlsOptions { Mode = TlsMode.StartTls } }, k.Credentials),
        ["TLS option"] = k => new(k.EndPoint, k.Transport with { Tls = k.Transport.Tls with { ServerName = "x" } }, k.Credentials),
        ["proxy"] = k => new(k.EndPoint, k.Transport with { Proxy = ProxyOptions.None }, k.Credentials),
        ["user"] = k => new(k.EndPoint, k.Transport, new Credentials("other", "secret")),
        ["secret"] = k => new(k.EndPoint, k.Transport, new Credentials("user", "other")),
        ["nobody"] = k => new(k.EndPoint, k.Transport),
    };

    [Fact]
    public async Task Row_03_a_plain_connection_never_serves_a_request_with_TLS()
    {
        var server = new FakeServer();
        await using var pool = new ConnectionPool<FakeConnection>(server.OpenAsync);
        PoolKey plain = FakeServer.KeyOf("h.example", TlsMode.None);
        await (await pool.LeaseAsync(plain)).DisposeAsync();
        foreach (TlsMode mode in (TlsMode[])[TlsMode.StartTls, TlsMode.StartTlsWhenAvailable, TlsMode.Implicit])
        {
            PoolKey secure = FakeServer.KeyOf("h.example", mode);
            await using Lease<FakeConnection> lease = await pool.LeaseAsync(secure, static _ => true);
            Assert.Equal(secure, lease.Connection.Key);
        }

        Assert.Equal(4, server.Opened);
    }

    [Fact]
    public void Row_03_a_key_without_a_resolved_TLS_mode_is_refused() =>
        Assert.Throws<ArgumentException>(() => FakeServer.KeyOf("h.example", TlsMode.ByScheme));

    [Theory]
    [MemberData(nameof(Flips))]
    public async Task Row_04_whatever_a_connection_depends_on_flipped_opens_another(string what)
    {
        var server = new FakeServer();
        await using var pool = new ConnectionPool<FakeConnection>(server.OpenAsync);
        await (await pool.LeaseAsync(Plain)).DisposeAsync();
        await (await pool.LeaseAsync(Plain)).DisposeAsync();
        Assert.Equal(1, server.Opened);

        PoolKey other = Others[what](Plain);
        await using Lease<FakeConnection> lease = await pool.LeaseAsync(other);
        Assert.Equal(2, lease.Connection.Number);
        Assert.Same(other, lease.Connection.Key);
    }

    [Fact]
    public void Row_04_the_key_has_no_property_but_those_that_are_compared() => Assert.Equal(
        ["Credentials", "EndPoint", "Transport"], typeof(PoolKey).GetProperties().Select(p => p.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void A_key_does_not_show_the_secret() => Assert.DoesNotContain("secret", Plain.ToString(), StringComparison.Ordinal);
}
