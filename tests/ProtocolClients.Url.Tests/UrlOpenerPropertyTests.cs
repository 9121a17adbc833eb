namespace ProtocolClients.UrlTests;

/// <summary>What is changed here is the process's: nothing else runs beside it.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>The opener behind the shortest forms can be replaced, and put back.</summary>
[Collection("alone")]
public sealed class UrlOpenerPropertyTests
{
    [Fact]
    public async Task The_shortest_forms_go_through_the_opener_that_was_set()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "mine");
            string url = new Uri(path).AbsoluteUri;
            UrlOpener before = Url.Opener;
            await Assert.ThrowsAnyAsync<Exception>(() => Url.ReadTextAsync(url));
            await using var own = new UrlOpener(new() { AllowFile = true });
            Url.Opener = own;
            Assert.Equal("mine", await Url.ReadTextAsync(url));
            Url.Opener = null;
            Assert.Same(before, Url.Opener);
        }
        finally
        {
            Url.Opener = null;
            File.Delete(path);
        }
    }
}
