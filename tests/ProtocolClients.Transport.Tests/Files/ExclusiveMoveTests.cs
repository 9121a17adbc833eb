namespace ProtocolClients.Transport.Tests.Files;

public sealed class ExclusiveMoveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exclusive-move-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_name_that_is_taken_stays_with_its_file()
    {
        string source = Path.Combine(_folder, "a");
        string target = Path.Combine(_folder, "b");
        File.WriteAllText(source, "new");
        File.WriteAllText(target, "old");
        Assert.Throws<IOException>(() => ExclusiveMove.Move(source, target));
        Assert.Equal(("new", "old"), (File.ReadAllText(source), File.ReadAllText(target)));
        File.Delete(target);
        ExclusiveMove.Move(source, target);
        Assert.Equal([target], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Of_many_that_want_a_name_at_the_same_moment_one_gets_it_and_none_loses_its_file()
    {
        const int Movers = 4;
        for (int round = 0; round < 150; round++)
        {
            string target = Path.Combine(_folder, $"target{round}");
            string[] sources = [.. Enumerable.Range(0, Movers).Select(i => Path.Combine(_folder, $"source{i}"))];
            foreach (string source in sources) File.WriteAllText(source, source);
            using var start = new Barrier(Movers);
            int moved = 0;
            Thread[] movers = [.. sources.Select(source => new Thread(() =>
            {
                start.SignalAndWait();
                try
                {
                    ExclusiveMove.Move(source, target);
                    Interlocked.Increment(ref moved);
                }
                catch (IOException)
                {
                    // Another one was faster.
                }
            }))];
            foreach (Thread mover in movers) mover.Start();
            foreach (Thread mover in movers) Assert.True(mover.Join(TimeSpan.FromMinutes(2)));
            Assert.Equal((1, Movers - 1), (moved, sources.Count(File.Exists)));
        }
    }
}
