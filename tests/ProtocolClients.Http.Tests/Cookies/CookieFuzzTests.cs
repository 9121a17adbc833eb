using System.Text;
using ProtocolClients.Fuzzing;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Mutated fields and files: nothing is thrown but what is promised, nothing with a control character comes out.</summary>
public sealed class CookieFuzzTests : IDisposable
{
    private static readonly string[] Fields =
    [
        "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly",
        "lang=en-US; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Domain=example.com",
        "__Host-id=1; Secure; Path=/; SameSite=None",
        "a=\"b c\"; max-age=3600; samesite=Lax; domain=.www.example.com; path=/a/b",
        "=x; path=/a",
    ];

    private static readonly string[] Splices =
        ["=", ";", "; ", "\t", "\0", "\r\n", "\u007f", "\u00ff", "\u0100", "\ud800", "__Host-", "__secure-", "Domain=", "Path=", "/", ".", "..", "com", "1.2.3.4", "Max-Age=", "-", "99999999999999999999", "Expires=", "%2e", "SameSite=", "[::1]", "\ud83d\ude00"];

    private static readonly Uri[] Urls =
    [
        new("https://www.example.com/a/b/c"), new("http://example.com/"), new("https://example.co.uk"), new("http://127.0.0.1:81/x?y"),
        new("https://[::1]/a"), new("https://b\u00fccher.example/"), new("https://a.b.c.www.example.com/a/b;x/%00"), new("http://example.com./a"),
    ];

    private readonly VirtualTime _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cookie-fuzz-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Any_field_is_taken_or_not_and_what_was_taken_survives_a_file()
    {
        var random = new Random(1);
        CookiePolicy policy = CookiePolicy.Default with { TimeProvider = _time };
        int taken = 0;
        var jar = new CookieJar(policy);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            string field = Mutate(random, Fields[random.Next(Fields.Length)]);
            Uri url = Urls[random.Next(Urls.Length)];
            var context = new CookieContext { Initiator = random.Next(2) == 0 ? null : Urls[random.Next(Urls.Length)], TopLevel = random.Next(2) == 0 };
            if (jar.Add(url, field, context)) taken++;
            Check(jar.HeaderFor(Urls[random.Next(Urls.Length)], context));
            Check(jar.HeaderFor(url));
            if (round % 500 == 499)
            {
                await SameAfterAsync(jar, policy);
                jar = new CookieJar(policy);
            }
        }

        Assert.InRange(taken, Fuzz.Count / 20, Fuzz.Count);
    }

    [Fact]
    public void Any_jar_sends_what_a_slow_one_would()
    {
        var random = new Random(5);
        string[] hosts = ["example.com", "a.example.com", "b.example.com", "a.a.example.com", "x.a.a.example.com"];
        string[] paths = ["/", "/p", "/p/", "/p/q", "/q"];
        for (int round = 0; round < Fuzz.Count / 100; round++)
        {
            var jar = new CookieJar(CookiePolicy.Default with { TimeProvider = _time, HeaderLength = int.MaxValue });
            for (int i = random.Next(300); i >= 0; i--)
            {
                if (random.Next(3) == 0) _time.Advance(TimeSpan.FromTicks(random.Next(5)));
                string host = hosts[random.Next(hosts.Length)];
                string domain = random.Next(2) == 0 ? string.Empty : "; Domain=" + host[(random.Next(2) == 0 ? 0 : host.IndexOf("example", StringComparison.Ordinal))..];
                string flags = (random.Next(4) == 0 ? "; Secure" : string.Empty) + (random.Next(9) == 0 ? "; Max-Age=0" : string.Empty);
                Assert.True(jar.Add($"https://{host}/", $"n{random.Next(40)}={i}; Path={paths[random.Next(paths.Length)]}{domain}{flags}"));
            }

            foreach (string host in hosts)
            {
                string scheme = random.Next(2) == 0 ? "http" : "https";
                string path = paths[random.Next(paths.Length)];
                string slow = string.Join("; ", jar.Cookies
                    .Where(cookie => cookie.HostOnly ? cookie.Domain == host : ("." + host).EndsWith("." + cookie.Domain, StringComparison.Ordinal))
                    .Where(cookie => scheme == "https" || !cookie.Secure)
                    .Where(cookie => path == cookie.Path || path.StartsWith(cookie.Path.TrimEnd('/') + "/", StringComparison.Ordinal))
                    .OrderByDescending(cookie => cookie.Path.Length)
                    .Select(cookie => $"{cookie.Name}={cookie.Value}"));
                Assert.Equal(slow, jar.HeaderFor($"{scheme}://{host}{path}") ?? string.Empty);
            }
        }
    }

    [Fact]
    public async Task Any_file_is_a_jar_or_a_format_error()
    {
        var random = new Random(2);
        var jar = new CookieJar(CookiePolicy.Default with { TimeProvider = _time });
        foreach (string field in Fields) Assert.True(jar.Add(Urls[0], field));
        string path = Path.Combine(_folder.FullName, "file");
        await jar.SaveAsync(path, CookieFormat.CookiesTxt, sessionCookies: true);
        string txt = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path));
        await jar.SaveAsync(path, CookieFormat.Json, sessionCookies: true);
        string json = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path));
        int read = 0;
        for (int round = 0; round < Fuzz.Count / 10; round++)
        {
            string text = Mutate(random, round % 2 == 0 ? txt : json);
            await File.WriteAllBytesAsync(path, Encoding.Latin1.GetBytes(text));
            try
            {
                CookieJar mutant = await CookieJar.LoadAsync(path, jar.Policy);
                read++;
                foreach (Uri url in Urls) Check(mutant.HeaderFor(url));
            }
            catch (FormatException)
            {
                // The other outcome that is promised.
            }
        }

        Assert.InRange(read, Fuzz.Count / 100, Fuzz.Count / 10);
    }

    [Fact]
    public void Any_date_is_one_or_not()
    {
        var random = new Random(3);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            if (CookieDate.TryParse(Mutate(random, "Wed, 09 Jun 2027 10:18:14 GMT"), out DateTimeOffset date)) Assert.InRange(date.Year, 1601, 9999);
        }
    }

    [Fact]
    public void Any_hsts_field_is_heeded_or_not()
    {
        var random = new Random(4);
        var store = new HstsStore(_time);
        for (int round = 0; round < Fuzz.Count; round++) store.Learn(Urls[random.Next(Urls.Length)], Mutate(random, "max-age=31536000 ; includeSubDomains; x=\"y\\\"z\""));
        Assert.All(store.Hosts, host => Assert.DoesNotContain(host.Host, (string[])["127.0.0.1", "::1", "example.com."]));
    }

    private static void Check(string? header)
    {
        if (header is null) return;
        Assert.NotEmpty(header);
        Assert.True(header.Length <= 8190);
        Assert.DoesNotContain(header, c => c is < ' ' or '\u007f' or > '\u00ff');
    }

    private async Task SameAfterAsync(CookieJar jar, CookiePolicy policy)
    {
        string path = Path.Combine(_folder.FullName, "jar");
        await jar.SaveAsync(path, CookieFormat.Json, sessionCookies: true);
        Assert.Equal(jar.Cookies, (await CookieJar.LoadAsync(path, policy)).Cookies);
        await jar.SaveAsync(path, CookieFormat.CookiesTxt, sessionCookies: true);
        Assert.Equal(
            jar.Cookies.Select(cookie => cookie with { SameSite = default, Created = default }),
            (await CookieJar.LoadAsync(path, policy)).Cookies.Select(cookie => cookie with { Created = default }));
    }

    private static string Mutate(Random random, string text)
    {
        var mutant = new StringBuilder(text);
        for (int i = random.Next(4); i >= 0; i--)
        {
            int at = random.Next(mutant.Length + 1);
            switch (random.Next(4))
            {
                case 0:
                    mutant.Insert(at, Splices[random.Next(Splices.Length)]);
                    break;
                case 1 when at < mutant.Length:
                    mutant.Remove(at, random.Next(1, Math.Min(12, mutant.Length - at) + 1));
                    break;
                case 2 when at < mutant.Length:
                    mutant[at] = (char)random.Next(0x110);
                    break;
                default:
                    string piece = mutant.ToString(0, at);
                    mutant.Append(piece.AsSpan(Math.Max(0, piece.Length - random.Next(20))));
                    break;
            }
        }

        return mutant.ToString();
    }
}
