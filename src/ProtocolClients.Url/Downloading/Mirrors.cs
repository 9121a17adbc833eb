namespace ProtocolClients;

/// <summary>The sources that a segmented transfer may use at the same time, and which of them is worth the next request.</summary>
internal sealed class Mirrors(IReadOnlyList<Source> sources)
{
    private const int MostFailures = 2;

    private readonly Lock _gate = new();
    private readonly Mirror[] _mirrors = [.. sources.Select(static source => new Mirror(source))];

    /// <summary>Whether one that fails can be left for another.</summary>
    public bool AreSeveral => _mirrors.Length > 1;

    /// <summary>One that nobody has tried yet, else the fastest; null when none is left.</summary>
    public Source? Choose(out double rate)
    {
        lock (_gate)
        {
            Mirror? best = null;
            foreach (Mirror mirror in _mirrors)
            {
                if (mirror.IsOut) continue;
                if (!mirror.IsTried)
                {
                    best = mirror;
                    break;
                }

                if (best is null || mirror.Rate > best.Rate) best = mirror;
            }

            rate = best?.Rate ?? 0;
            if (best is null) return null;
            best.IsTried = true;
            return best.Source;
        }
    }

    /// <summary>A request brought bytes at a rate.</summary>
    public void Measured(Source source, double rate)
    {
        lock (_gate)
        {
            Mirror mirror = Of(source);
            mirror.Rate = mirror.Rate == 0 ? rate : (mirror.Rate + rate) / 2;
            mirror.Failures = 0;
        }
    }

    /// <summary>A request failed, its repeats included: it counts as slow, and is left when that happens again.</summary>
    /// <returns>Whether it is left.</returns>
    public bool Failed(Source source, bool forGood)
    {
        lock (_gate)
        {
            Mirror mirror = Of(source);
            mirror.Rate = 0;
            // The only one is never left: a connection too many for it says nothing of the others.
            mirror.IsOut |= AreSeveral && (forGood || ++mirror.Failures >= MostFailures);
            return mirror.IsOut;
        }
    }

    private Mirror Of(Source source) => Array.Find(_mirrors, mirror => mirror.Source == source)!;

    private sealed class Mirror(Source source)
    {
        public Source Source => source;

        public double Rate { get; set; }

        public int Failures { get; set; }

        public bool IsTried { get; set; }

        public bool IsOut { get; set; }
    }
}
