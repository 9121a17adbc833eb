using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Authentication;

public sealed class DigestAuthenticationTests
{
    private const string Rfc7616 =
        "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
        + "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    private const string Cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    private static readonly Credentials Mufasa = new("Mufasa", "Circle of Life");

    // RFC 7616 §3.9.1
    [Theory]
    [InlineData("MD5", "8ca523f5e9506fed4657c9700eebdbec", 1)]
    [InlineData("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", 2)]
    public void The_examples_of_the_standard_come_out(string algorithm, string response, int strength)
    {
        DigestAuthentication digest = Create($"Digest {Rfc7616}, algorithm={algorithm}");
        Assert.Equal(strength, digest.Strength);
        Assert.Equal("http-auth@example.org", digest.Realm);
        Assert.Equal(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
            + $"uri=\"/dir/index.html\", response=\"{response}\", algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"{Cnonce}\", "
            + "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
            digest.Answer("GET", "/dir/index.html", Cnonce, 1));
    }

    // RFC 2617 §3.5
    [Fact]
    public void The_example_of_the_older_standard_comes_out()
    {
        DigestAuthentication digest = Create(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
            new Credentials("Mufasa", "Circle Of Life"));
        Assert.Contains("response=\"6629fae49393a05397450978507c4ef1\"", digest.Answer("GET", "/dir/index.html", "0a4f113b", 1), StringComparison.Ordinal);
    }

    // RFC 2069 §2.4 with its published erratum.
    [Fact]
    public void Without_qop_the_oldest_form_is_answered()
    {
        DigestAuthentication digest = Create(
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
            new Credentials("Mufasa", "CircleOfLife"));
        string answer = digest.Answer("GET", "/dir/index.html", "ignored", 1);
        Assert.Contains("response=\"1949323746fe6a43ef61f9606e7febea\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("nc=", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_answer_counts_one_up_and_has_a_nonce_of_its_own()
    {
        DigestAuthentication digest = Create($"Digest {Rfc7616}, algorithm=SHA-256");
        string one = digest.Answer("GET", "/");
        string two = digest.Answer("GET", "/");
        Assert.Contains("nc=00000001", one, StringComparison.Ordinal);
        Assert.Contains("nc=00000002", two, StringComparison.Ordinal);
        Assert.NotEqual(Part(one, "cnonce"), Part(two, "cnonce"));
        Assert.NotEqual(Part(one, "response"), Part(two, "response"));
    }

    [Fact]
    public void The_session_variant_hashes_the_nonces_into_the_secret()
    {
        string plain = Create($"Digest {Rfc7616}, algorithm=MD5").Answer("GET", "/", Cnonce, 1);
        string session = Create($"Digest {Rfc7616}, algorithm=MD5-sess").Answer("GET", "/", Cnonce, 1);
        Assert.NotEqual(Part(plain, "response"), Part(session, "response"));
        Assert.Contains("algorithm=MD5-sess", session, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_is_quoted_encoded_or_hashed()
    {
        Assert.Contains("username=\"a\\\"b\\\\c\"", Create($"Digest {Rfc7616}", new Credentials("a\"b\\c", "x")).Answer("GET", "/"), StringComparison.Ordinal);
        Assert.Contains("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe", Create($"Digest {Rfc7616}", new Credentials("Jäsøn Doe", "x")).Answer("GET", "/"), StringComparison.Ordinal);
        string hashed = Create($"Digest {Rfc7616}, userhash=true").Answer("GET", "/");
        Assert.DoesNotContain("Mufasa", hashed, StringComparison.Ordinal);
        Assert.EndsWith("userhash=true", hashed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic realm=x")]
    [InlineData("Digest nonce=n")]
    [InlineData("Digest realm=r")]
    [InlineData("Digest realm=r, nonce=n, algorithm=SHA-512-256")]
    [InlineData("Digest realm=r, nonce=n, qop=\"auth-int\"")]
    [InlineData("Digest realm=\"r\r\nX: y\", nonce=n")]
    public void What_cannot_be_answered_is_not(string challenge) =>
        Assert.Null(DigestAuthentication.TryCreate(Assert.Single(AuthenticationChallenge.Parse(challenge)), Mufasa));

    [Fact]
    public void A_secret_is_no_part_of_the_answer() =>
        Assert.DoesNotContain("Circle", Create($"Digest {Rfc7616}").Answer("GET", "/"), StringComparison.Ordinal);

    [Theory]
    [InlineData("Basic", "Basic||")]
    [InlineData("Basic realm=\"a\"", "Basic||realm=a")]
    [InlineData("Basic realm=\"a, b\", charset=\"UTF-8\"", "Basic||realm=a, b;charset=UTF-8")]
    [InlineData("Digest realm=r, nonce=\"q\\\"q\", Basic realm=b", "Digest||realm=r;nonce=q\"q / Basic||realm=b")]
    [InlineData("Negotiate, NTLM, Basic realm=x", "Negotiate|| / NTLM|| / Basic||realm=x")]
    [InlineData("Negotiate YWJj==, Basic realm=x", "Negotiate|YWJj==| / Basic||realm=x")]
    [InlineData("NTLM TlRMTVNTUAAC", "NTLM|TlRMTVNTUAAC|")]
    [InlineData(" , Basic  realm = x , ", "Basic||realm=x")]
    [InlineData("Basic realm=\"open", "Basic||")]
    [InlineData("", "")]
    [InlineData("=", "")]
    [InlineData("realm=x", "")]
    public void Challenges_are_read(string value, string expected) => Assert.Equal(expected, string.Join(" / ", AuthenticationChallenge.Parse(value)
        .Select(c => $"{c.Scheme}|{c.Token}|{string.Join(';', c.Parameters.Select(p => $"{p.Key}={p.Value}"))}")));

    private static DigestAuthentication Create(string challenge, Credentials? credentials = null) =>
        DigestAuthentication.TryCreate(Assert.Single(AuthenticationChallenge.Parse(challenge)), credentials ?? Mufasa)!;

    private static string Part(string answer, string name) =>
        answer.Split(", ").Select(p => p.Replace("Digest ", "", StringComparison.Ordinal)).Single(p => p.StartsWith(name + "=", StringComparison.Ordinal));
}
