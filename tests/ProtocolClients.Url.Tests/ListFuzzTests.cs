using ProtocolClients.Fuzzing;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

/// <summary>Mutations of lists of checksums, digest fields and pages of links: read or refused, and what is read is safe.</summary>
public sealed class ListFuzzTests
{
    private const string Sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private static readonly string[] Splices = ["\\", "(", ")", " = ", "  ", " *", "\n", "\r", "\0", ":", ",", ";a=1", "=", "==", "../", "%2F", "%00", "&#47;", "&amp;", "<a ", "href=", "'", "\"", ">", "</a>", "//", "\u00ff"];

    [Fact]
    public void Checksums()
    {
        string[] lists = [Sha256 + "  a.txt\n", "SHA256 (a (1).txt) = " + Sha256 + "\n", "\\" + Sha256 + "  a\\\\b\\n\n", "900150983cd24fb0d6963f7d28e17f72  b\n", Sha256 + "\n"];
        string[] fields = ["sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", "md5=:kAFQmDzST7DWlj99KOF/cg==:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:;a=1"];
        var random = new Random(9530);
        int read = 0;
        for (int round = 0; round < Fuzz.Count; round++)
        {
            try
            {
                var list = ChecksumList.Parse(Fuzz.Mutated(random, lists[random.Next(lists.Length)] + lists[random.Next(lists.Length)], Splices));
                foreach (string name in list.Names) Assert.True(list.TryFind(name, out Checksum? checksum) && checksum.ToString().Length > 4);
                read++;
            }
            catch (FormatException)
            {
                // The one way in which it is refused.
            }

            string field = Fuzz.Mutated(random, fields[random.Next(fields.Length)], Splices);
            Assert.True(DigestField.Parse(field) is not { } digest || digest.Strength >= 2);
            Assert.True(DigestField.ParseInstance(field) is not { } instance || instance.Strength >= 2);
        }

        Assert.InRange(read, Fuzz.Count / 4, Fuzz.Count);
    }

    [Fact]
    public void Pages_of_links()
    {
        string[] pages =
        [
            "<pre><a href=\"../\">../</a>\r\n<a href=\"sub/\">sub/</a>   28-Oct-2026 09:11   -\r\n<a href=\"a%20b.txt\">a b.txt</a>   01-Feb-2025 23:59   1234567\r\n</pre>",
            "<td><A class=\"x\" HREF = 'x&amp;y.gz' >x&amp;y.gz</A></td><a href=plain.txt>p</a><a name=\"top\">top</a>",
        ];
        var folder = new Uri("http://h/pub/");
        var random = new Random(1866);
        int links = 0;
        for (int round = 0; round < Fuzz.Count; round++)
        {
            foreach (UrlEntry entry in IndexPage.Read(folder, Fuzz.Mutated(random, pages[random.Next(pages.Length)], Splices)))
            {
                Assert.True(SafeFileName.IsSafe(entry.Name), entry.Name);
                Assert.StartsWith("http://h/pub/", entry.Url.AbsoluteUri, StringComparison.Ordinal);
                Assert.DoesNotContain('/', entry.Url.AbsolutePath["/pub/".Length..].TrimEnd('/'));
                links++;
            }
        }

        Assert.InRange(links, Fuzz.Count / 4, int.MaxValue);
    }
}
