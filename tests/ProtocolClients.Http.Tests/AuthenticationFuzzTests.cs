using ProtocolClients.Fuzzing;
using ProtocolClients.Transport;

namespace ProtocolClients.HttpTests;

/// <summary>The parsers of challenges, of Authentication-Info and of the netrc against mutated real lines; seeded, so that a failure comes again.</summary>
public class AuthenticationFuzzTests
{
    private static readonly int Inputs = Fuzz.Count;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly string[] Challenges =
    [
        "Basic realm=\"WallyWorld\", charset=\"UTF-8\"",
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe\"",
        "Digest realm=\"a\\\"b\", nonce=\"n\", stale=TRUE, userhash=true, domain=\"/a /b http://c/\", Basic realm=x",
        "Negotiate, NTLM, Bearer realm=\"example\", error=\"invalid_token\", error_description=\"The access token expired\"",
        "NTLM TlRMTVNTUAACAAAADAAMADgAAAA=",
        "Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\"",
    ];

    private static readonly string[] Infos =
    [
        "qop=auth, rspauth=\"6629fae49393a05397450978507c4ef1\", cnonce=\"0a4f113b\", nc=00000001, nextnonce=\"abc\"",
        "nextnonce=\"a\\\"b\", qop=auth-int, rspauth=\"\"",
    ];

    private static readonly string[] Netrcs =
    [
        "machine a.example login ann password \"se cret\\n\" account x\n# comment\nmacdef init\ncd /\n\ndefault login anonymous password me@b\n",
        "machine bücher.example\r\n\tuser u password p\r\n",
    ];

    private static readonly string[] Pieces =
        ["\"", "\\", "=", ",", " ", "\t", "\r\n", "\0", "\uFEFF", "é", "Basic ", "Digest ", "realm=", "nonce=\"", "==", "#", "machine ", "default ", "macdef ", "login ", "password ", "\n\n"];

    private static readonly Credentials Ann = new("a\"n n", "secret");

    [Fact]
    public void Any_challenge_is_read_and_any_answer_is_one_line()
    {
        var random = new Random(20261121);
        int answered = 0;
        for (int i = 0; i < Inputs; i++)
        {
            string input = Mutated(Challenges[random.Next(Challenges.Length)], random);
            foreach (AuthenticationChallenge challenge in AuthenticationChallenge.Parse(input))
            {
                Assert.NotEmpty(challenge.Scheme);
                if (DigestAuthentication.TryCreate(challenge, Ann) is not { } digest) continue;
                answered++;
                string field = digest.Answer("GET", "/", digest.CoversBody ? "00" : null).Field;
                Assert.DoesNotContain(field, IsControl);
                Assert.DoesNotContain("secret", field, StringComparison.Ordinal);

                // What is sent is read as what was meant: the quotes of the server and the user are in their places.
                IReadOnlyDictionary<string, string> parts = AuthenticationChallenge.Parse(field).Single().Parameters;
                Assert.Equal(challenge.Parameters["nonce"], parts["nonce"]);
                Assert.Equal(challenge.Parameters["realm"], parts["realm"]);
            }
        }

        Assert.InRange(answered, 1000, int.MaxValue);
    }

    [Fact]
    public void Any_proof_is_judged()
    {
        var random = new Random(20261122);
        DigestAuthentication digest = DigestAuthentication.TryCreate(AuthenticationChallenge.Parse("Digest realm=r, nonce=n, qop=auth")[0], Ann)!;
        DigestAnswer answer = digest.Answer("GET", "/");
        for (int i = 0; i < Inputs; i++)
        {
            string input = Mutated(Infos[random.Next(Infos.Length)], random);
            Assert.NotEqual(DigestProof.Right, answer.Check(input, "00"));
            digest.Learn(input);
        }

        Assert.DoesNotContain(digest.Answer("GET", "/").Field, IsControl);
    }

    [Fact]
    public void Any_netrc_is_read_or_refused()
    {
        var random = new Random(20261123);
        int read = 0;
        for (int i = 0; i < Inputs; i++)
        {
            try
            {
                Netrc netrc = Netrc.Parse(Mutated(Netrcs[random.Next(Netrcs.Length)], random));
                _ = netrc.Find("a.example")?.Credentials;
                _ = netrc.Find("elsewhere");
                read++;
            }
            catch (FormatException)
            {
                // The one way in which it is refused.
            }
        }

        Assert.InRange(read, 1000, Inputs);
    }

    public static TheoryData<string, string> Worst => new()
    {
        { "Basic ", "a=" }, { "Basic ", "=" }, { "", "=" }, { "", "," }, { "Basic ", ", " }, { "Basic realm=\"", "\\" }, { "Basic realm=\"", "\\\"" }, { "", "Basic " },
        { "", "a=\"b\"," }, { "Digest ", "a==," }, { "Digest ", "a= " }, { "", "\"" }, { "NTLM ", "AAAA" }, { "", "a " }, { "Digest a", "=b,a" }, { "Basic ", "a=\"\\" },
    };

    // A parser that looks twice at what it has read would take 10^12 steps here: minutes, not the moment that this takes.
    [Theory]
    [MemberData(nameof(Worst))]
    public async Task Row_45_a_megabyte_of_the_worst_is_read_in_linear_work(string start, string piece)
    {
        string input = start + string.Concat(Enumerable.Repeat(piece, (1 << 20) / piece.Length));
        await Task.Run(() =>
        {
            _ = AuthenticationChallenge.Parse(input);
            _ = AuthenticationChallenge.ParseParameters(input);
        }).WaitAsync(Safety);
    }

    [Theory]
    [InlineData("machine a login ", "\"")]
    [InlineData("machine a login \"", "\\\\")]
    [InlineData("", "#\n")]
    [InlineData("macdef x\n", "a\n")]
    [InlineData("", "macdef x\n\n")]
    [InlineData("", "machine a ")]
    [InlineData("", "\n")]
    public async Task Row_45_a_netrc_of_a_megabyte_is_read_in_linear_work(string start, string piece)
    {
        string input = start + string.Concat(Enumerable.Repeat(piece, ((1 << 20) - start.Length) / piece.Length));
        await Task.Run(() =>
        {
            try
            {
                _ = Netrc.Parse(input).Find("a");
            }
            catch (FormatException)
            {
                // Refused in linear work, too.
            }
        }).WaitAsync(Safety);
    }

    // The second message of the mock server, as it is and wrapped, with bytes that are others: the platform reads it.
    [Theory]
    [InlineData("NTLM")]
    [InlineData("Negotiate")]
    public async Task Any_message_of_a_handshake_is_answered_or_refused(string scheme)
    {
        var random = new Random(20261124);
        var by = new ConnectionAuthenticator(scheme, Ann);
        byte[] second = await SecondAsync(by);
        int answered = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] message = [.. second];
            for (int changes = random.Next(4); changes > 0; changes--) message[random.Next(message.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) message = message[..random.Next(message.Length)];
            using Transport.NegotiateHandshake handshake = by.Begin("mock.test", null);
            Assert.NotNull(handshake.Next([]));
            if (message.Length > 0 && handshake.Next(message) is not null) answered++;
        }

        Assert.InRange(answered, 100, 1999);
    }

    private static async Task<byte[]> SecondAsync(ConnectionAuthenticator by)
    {
        await using Testing.MockHttpServer server = await Testing.MockHttpServer.StartInMemoryAsync();
        server.Authentication = Testing.MockAuthentication.Ntlm("ann", "secret", negotiate: by.Scheme == "Negotiate");
        await using var http = new HttpSession(server.ClientOptions);
        using Transport.NegotiateHandshake handshake = by.Begin("mock.test", null);
        string first = handshake.NextField()!;
        using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri, new() { Headers = [("Authorization", first)] }).WaitAsync(Safety);
        return Convert.FromBase64String(reply.Headers["WWW-Authenticate"]!.Split(' ')[1]);
    }

    private static bool IsControl(char c) => c is (< ' ' and not '\t') or '\x7F';

    private static string Mutated(string text, Random random)
    {
        for (int changes = random.Next(5); changes > 0; changes--)
        {
            int at = random.Next(text.Length + 1);
            text = random.Next(4) switch
            {
                0 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                1 => text.Remove(at, Math.Min(random.Next(6), text.Length - at)),
                2 => text[..at] + (char)random.Next(0x180) + text[Math.Min(at + 1, text.Length)..],
                _ => text[..at] + text[random.Next(text.Length + 1)..],
            };
        }

        return text;
    }
}
