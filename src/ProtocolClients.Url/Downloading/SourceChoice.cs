namespace ProtocolClients;

/// <summary>The sources that a segmented transfer may use at the same time, and which of them is worth the next request.</summary>
internal sealed class SourceChoice(IReadOnlyList<Source> sources)
{
    private const int MostFailures = 2;

    private readonly Lock _gate = new();
    private readonly Candidate[] _candidates = [.. sources.Select(static source => new Candidate(source))];

    /// <summary>Whether one that fails can be left for another.</summary>
    public bool AreSeveral => _candidates.Length > 1;

    /// <summary>One that nobody has tried yet, else the fastest; null when none is left.</summary>
    public Source? Choose(out double rate)
    {
        lock (_gate)
        {
            Candidate? best = null;
            foreach (Candidate candidate in _candidates)
            {
                if (candidate.IsOut) continue;
                if (!candidate.IsTried)
                {
                    best = candidate;
                    break;
                }

                if (best is null || candidate.Rate > best.Rate) best = candidate;
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
            Candidate candidate = Of(source);
            candidate.Rate = candidate.Rate == 0 ? rate : (candidate.Rate + rate) / 2;
            candidate.Failures = 0;
        }
    }

    /// <summary>A request failed, its repeats included: it counts as slow, and is left when that happens again.</summary>
    /// <returns>Whether it is left.</returns>
    public bool Failed(Source source, bool forGood)
    {
        lock (_gate)
        {
            Candidate candidate = Of(source);
            candidate.Rate = 0;
            // The only one is never left: a connection too many for it says nothing of the others.
            candidate.IsOut |= AreSeveral && (forGood || ++candidate.Failures >= MostFailures);
            return candidate.IsOut;
        }
    }

    private Candidate Of(Source source) => Array.Find(_candidates, candidate => candidate.Source == source)!;

    private sealed class Candidate(Source source)
    {
        public Source Source => source;

        public double Rate { get; set; }

        public int Failures { get; set; }

        public bool IsTried { get; set; }

        public bool IsOut { get; set; }
    }
}
