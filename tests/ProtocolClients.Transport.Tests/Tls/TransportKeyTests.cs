using System.Net.Security;
using System.Reflection;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Tls;

/// <summary>Options are the keys of connection pools: whatever a connection depends on makes another key.</summary>
public sealed class TransportKeyTests
{
    // Another value for each property; one that is not named here fails the test, so that a new property cannot be forgotten.
    private static readonly Dictionary<string, object> Others = new(StringComparer.Ordinal)
    {
        ["TransportOptions.Dialer"] = new InMemoryDialer((_, _) => throw new IOException()),
        ["TransportOptions.Tls"] = new TlsOptions { AllowResume = false },
        ["TransportOptions.Proxy"] = ProxyOptions.None,
        ["TransportOptions.AddressPolicy"] = new NoAddress(),
        ["TransportOptions.UnixSocketPath"] = "/run/x",
        ["TransportOptions.Hosts"] = (ValueList<HostMapping>)[HostMapping.Parse("h.example:80:127.0.0.1")],
        ["TransportOptions.AttemptDelay"] = TimeSpan.FromSeconds(1),
        ["TransportOptions.KeepAlive"] = TimeSpan.FromSeconds(1),
        ["TlsOptions.Mode"] = TlsMode.Implicit,
        ["TlsOptions.MinimumVersion"] = SslProtocols.Tls13,
        ["TlsOptions.Roots"] = (ValueList<X509Certificate2>)[TestCertificates.Shared.Authority],
        ["TlsOptions.Pins"] = (ValueList<string>)["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="],
        ["TlsOptions.ClientCertificate"] = TestCertificates.Shared.Client(),
        ["TlsOptions.ServerName"] = "else.example",
        ["TlsOptions.Revocation"] = X509RevocationMode.Online,
        ["TlsOptions.AllowResume"] = false,
        ["TlsOptions.ApplicationProtocols"] = (ValueList<SslApplicationProtocol>)[SslApplicationProtocol.Http2],
        ["TlsOptions.DangerousAcceptAnyCertificate"] = true,
        ["ProxyOptions.FromEnvironment"] = true,
        ["ProxyOptions.Url"] = new Uri("http://proxy.example:3128"),
        ["ProxyOptions.Credentials"] = new Credentials("user", "secret"),
        ["ProxyOptions.PreProxy"] = new Uri("socks5h://first.example:1080"),
        ["ProxyOptions.PreProxyCredentials"] = new Credentials("user", "secret"),
        ["ProxyOptions.NoProxy"] = "example.org",
    };

    public static TheoryData<Type> Records => [typeof(TransportOptions), typeof(TlsOptions), typeof(ProxyOptions)];

    [Theory]
    [MemberData(nameof(Records))]
    public void Row_04_each_property_flipped_is_another_key(Type type)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            object plain = Activator.CreateInstance(type)!;
            object same = Activator.CreateInstance(type)!;
            Assert.Equal(plain, same);
            Assert.Equal(plain.GetHashCode(), same.GetHashCode());

            string name = $"{type.Name}.{property.Name}";
            Assert.True(Others.ContainsKey(name), $"Name another value for {name}: is it part of the key?");
            property.SetValue(same, Others[name]);
            Assert.False(plain.Equals(same), $"{name} is no part of the key.");
            object again = Activator.CreateInstance(type)!;
            property.SetValue(again, Others[name]);
            Assert.Equal(same, again);
            Assert.Equal(same.GetHashCode(), again.GetHashCode());
        }
    }

    [Fact]
    public void Credentials_are_equal_by_user_secret_and_token_source()
    {
        Func<CancellationToken, ValueTask<Secret>> source = _ => new ValueTask<Secret>(new Secret("t"));
        var plain = new Credentials("user", "secret");
        Assert.Equal(plain, new Credentials("user", "secret"));
        Assert.Equal(plain.GetHashCode(), new Credentials("user", "secret").GetHashCode());
        Assert.NotEqual(plain, new Credentials("other", "secret"));
        Assert.NotEqual(plain, new Credentials("user", "other"));
        Assert.NotEqual(plain, Credentials.FromTokens("user", source));
        Assert.Equal(Credentials.FromTokens("user", source), Credentials.FromTokens("user", source));
        Assert.NotEqual(Credentials.FromTokens("user", source), Credentials.FromTokens("user", _ => source(default)));
        Func<CancellationToken, ValueTask<BearerToken>> bearer = _ => new ValueTask<BearerToken>(new BearerToken(new Secret("t")));
        Assert.Equal(Credentials.FromBearer(bearer), Credentials.FromBearer(bearer));
        Assert.NotEqual(Credentials.FromBearer(bearer), Credentials.FromBearer(_ => bearer(default)));
        Assert.Equal(["BearerSource", "Secret", "TokenSource", "User"], typeof(Credentials).GetProperties().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Proxies_whose_urls_differ_in_the_user_only_are_different_keys()
    {
        // Uri.Equals does not look at the userinfo.
        var one = new ProxyOptions { Url = new Uri("http://alice:a@proxy.example:3128") };
        Assert.NotEqual(one, new ProxyOptions { Url = new Uri("http://bob:b@proxy.example:3128") });
        Assert.NotEqual(one, new ProxyOptions { Url = new Uri("http://alice:b@proxy.example:3128") });
        Assert.NotEqual(one, new ProxyOptions { Url = new Uri("http://proxy.example:3128") });
        Assert.Equal(one, new ProxyOptions { Url = new Uri("http://alice:a@proxy.example:3128") });
    }

    [Fact]
    public void Certificates_with_the_same_issuer_and_serial_number_but_other_bytes_are_different_keys()
    {
        using X509Certificate2 one = Twin();
        using X509Certificate2 other = Twin();
        Assert.True(one.Equals(other));
        Assert.NotEqual(new TlsOptions { Roots = [one] }, new TlsOptions { Roots = [other] });
        Assert.NotEqual(new TlsOptions { ClientCertificate = one }, new TlsOptions { ClientCertificate = other });

        using X509Certificate2 copy = X509CertificateLoader.LoadPkcs12(one.Export(X509ContentType.Pkcs12), null);
        Assert.Equal(new TlsOptions { Roots = [one], ClientCertificate = one }, new TlsOptions { Roots = [copy], ClientCertificate = copy });
        Assert.Equal(
            new TlsOptions { Roots = [one], ClientCertificate = one }.GetHashCode(),
            new TlsOptions { Roots = [copy], ClientCertificate = copy }.GetHashCode());

        using X509Certificate2 bare = X509CertificateLoader.LoadCertificate(one.RawData);
        Assert.NotEqual(new TlsOptions { ClientCertificate = one }, new TlsOptions { ClientCertificate = bare });
    }

    private static X509Certificate2 Twin()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=twin", key, HashAlgorithmName.SHA256);
        DateTimeOffset from = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using X509Certificate2 signed = request.Create(
            new X500DistinguishedName("CN=issuer"), X509SignatureGenerator.CreateForECDsa(key), from, from.AddYears(1), [1, 2, 3]);
        return signed.CopyWithPrivateKey(key);
    }

    private sealed class NoAddress : AddressPolicy
    {
        public override bool Allows(System.Net.IPAddress address, int port) => false;
    }
}
