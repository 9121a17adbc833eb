using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>Mutations of fields and files that no other test has: read, or refused in the one way that is promised.</summary>
public sealed class TextFuzzTests
{
    private static readonly string[] Splices = ["\"", "\\", ";", "=", ",", " ", "\t", "\r\n", "\0", "\u00ff", "GMT", "0", "99999999999999999999", "-1", "*", "!", ".", "..", "xn--", "//", "\n", "unlimited"];

    [Fact]
    public void Parameters_waits_and_dates()
    {
        string[] seeds =
        [
            "text/html; charset=utf-8", "text/html;charset=\"utf\\\"-8\"; a=b", "multipart/form-data; boundary=----x", "120",
            "Fri, 31 Dec 1999 23:59:59 GMT", "Friday, 31-Dec-99 23:59:59 GMT", "Fri Dec 31 23:59:59 1999",
        ];
        var random = new Random(9110);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            string text = Fuzz.Mutated(random, seeds[random.Next(seeds.Length)], Splices);
            Assert.True(HttpText.RetryAfter(text, TimeProvider.System) is not { } wait || wait >= TimeSpan.Zero);
            HttpText.Parameter(text, "charset");
            if (HttpText.TryDate(text, out DateTimeOffset date)) Assert.Equal(TimeSpan.Zero, date.Offset);
        }
    }

    [Fact]
    public void Files_of_hsts_and_lists_of_suffixes()
    {
        string[] hosts = [".example.org \"20270131 08:00:00\"\n", "# x\nb.example \"unlimited\"\n", "a.example \"19991231 23:59:59\"\r\n"];
        string[] suffixes = ["// x\ncom\n*.uk\n!city.uk\n", "// ===BEGIN PRIVATE DOMAINS===\nb\u00fccher.example\n", "co.jp  // y\n\n*\n"];
        var random = new Random(6797);
        int read = 0;
        for (int round = 0; round < Fuzz.Count; round++)
        {
            try
            {
                foreach (HstsHost host in HstsFile.Read(Encoding.UTF8.GetBytes(Fuzz.Mutated(random, hosts[random.Next(hosts.Length)], Splices)))) Assert.NotEmpty(host.Host);
                read++;
            }
            catch (FormatException)
            {
                // The one way in which it is refused.
            }

            if (round % 20 != 0) continue;
            var list = PublicSuffixList.Parse(Fuzz.Mutated(random, suffixes[random.Next(suffixes.Length)], Splices));
            foreach (string name in (string[])["com", "a.b.uk", "city.uk", "xn--bcher-kva.example"])
            {
                if (list.RegistrableDomainOf(name) is { } registrable) Assert.EndsWith(registrable, name, StringComparison.Ordinal);
            }
        }

        Assert.InRange(read, Fuzz.Count / 20, Fuzz.Count);
    }
}
