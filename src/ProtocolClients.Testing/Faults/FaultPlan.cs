using System.Text;

namespace ProtocolClients.Testing;

/// <summary>What stands in the way of the next bytes.</summary>
internal readonly record struct FaultStep(int Take, FaultOccasion? Strike, TimeSpan Delay);

/// <summary>One rule on one connection.</summary>
internal sealed class FaultOccasion(FaultRule rule, Random random)
{
    private int _matched;

    public FaultRule Rule => rule;

    public Random Random => random;

    public long Count { get; private set; }

    public bool IsArmed { get; set; }

    public bool HasStruck { get; set; }

    public bool IsWaitingForPattern => _matched < rule.Pattern.Length;

    public void Arm()
    {
        Count = 0;
        _matched = 0;
        HasStruck = false;
        IsArmed = rule.TryArm();
    }

    // How many of these bytes pass before counting begins.
    public int BeforePattern(ReadOnlySpan<byte> bytes)
    {
        int matched = _matched;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (Step(ref matched, bytes[i])) return i + 1;
        }

        return bytes.Length;
    }

    public void Passed(ReadOnlySpan<byte> bytes)
    {
        if (!IsWaitingForPattern)
        {
            Count += bytes.Length;
            return;
        }

        foreach (byte b in bytes)
        {
            if (IsWaitingForPattern) Step(ref _matched, b);
            else Count++;
        }
    }

    // The patterns are a handful of bytes: on a mismatch the longest beginning that is also an end is looked for anew.
    private bool Step(ref int matched, byte value)
    {
        ReadOnlySpan<byte> pattern = rule.Pattern;
        while (true)
        {
            if (pattern[matched] == value) return ++matched == pattern.Length;
            if (matched == 0) return false;
            int shorter = matched - 1;
            while (shorter > 0 && !pattern[..shorter].SequenceEqual(pattern.Slice(matched - shorter, shorter))) shorter--;
            matched = shorter;
        }
    }
}

/// <summary>
/// Decides for one stream what the rules do to its next bytes; knows no I/O. Both directions ask it at once: every method
/// locks.
/// </summary>
internal sealed class FaultPlan(Faults faults, long connection, bool protocol, bool wire)
{
    private const int LongestLine = 8 * 1024;

    private readonly Lock _gate = new();
    private readonly List<byte> _line = [];
    private List<FaultOccasion> _occasions = [];
    private FaultRule[] _seen = [];
    private bool _answered;

    public bool IsIdle => faults.Snapshot.Length == 0;

    public TimeProvider TimeProvider => faults.TimeProvider;

    public FaultStep Next(bool receiving, ReadOnlySpan<byte> bytes, int most)
    {
        lock (_gate)
        {
            Refresh();
            int take = most;
            TimeSpan delay = TimeSpan.Zero;
            foreach (FaultOccasion occasion in _occasions)
            {
                if (occasion.Rule.IsReceiving != receiving) continue;

                // What is not read yet cannot be looked at: until a request or a pattern has come, received bytes pass one at a
                // time, so that none is let through with them.
                if (!occasion.IsArmed)
                {
                    if (receiving && occasion.Rule.Request is not null) take = Math.Min(take, 1);
                    continue;
                }

                if (occasion.IsWaitingForPattern)
                {
                    take = Math.Min(take, receiving ? 1 : occasion.BeforePattern(bytes));
                    continue;
                }

                Fault fault = occasion.Rule.Fault;
                if (fault.StrikesOnce)
                {
                    if (occasion.HasStruck) continue;
                    long left = fault.AfterBytes - occasion.Count;
                    if (left > 0)
                    {
                        take = (int)Math.Min(take, left);
                        continue;
                    }

                    occasion.HasStruck = true;
                    if (occasion.Rule.TryStrike()) return new FaultStep(0, occasion, TimeSpan.Zero);
                    continue;
                }

                if (!occasion.HasStruck)
                {
                    if (!occasion.Rule.TryStrike())
                    {
                        occasion.IsArmed = false;
                        continue;
                    }

                    occasion.HasStruck = true;
                }

                (take, delay) = Slow(occasion, take, delay);
            }

            return new FaultStep(take, null, delay);
        }
    }

    public void Passed(bool receiving, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            foreach (FaultOccasion occasion in _occasions)
            {
                if (occasion.IsArmed && occasion.Rule.IsReceiving == receiving) occasion.Passed(bytes);
            }

            if (receiving) ReadLines(bytes);
            else _answered = true;
        }
    }

    /// <summary>Arms the rules of a request that came on another connection.</summary>
    public void Request(string line)
    {
        lock (_gate)
        {
            Refresh();
            foreach (FaultOccasion occasion in _occasions)
            {
                if (occasion.Rule.Request?.Invoke(line) == true) occasion.Arm();
            }
        }
    }

    private static (int Take, TimeSpan Delay) Slow(FaultOccasion occasion, int take, TimeSpan delay)
    {
        Fault fault = occasion.Rule.Fault;
        switch (fault.Kind)
        {
            case FaultKind.OneByteWrites:
                return (1, delay + fault.Delay);
            case FaultKind.Bandwidth:
                take = (int)Math.Min(take, Math.Max(1, fault.BytesPerSecond / 20));
                return (take, delay + TimeSpan.FromSeconds((double)take / fault.BytesPerSecond));
            default:
                return (take, delay + fault.Delay + (fault.Jitter * occasion.Random.NextDouble()));
        }
    }

    private void Refresh()
    {
        FaultRule[] rules = faults.Snapshot;
        if (ReferenceEquals(rules, _seen)) return;
        var occasions = new List<FaultOccasion>(rules.Length);
        for (int i = 0; i < rules.Length; i++)
        {
            FaultRule rule = rules[i];
            if (rule.IsOnWire ? !wire : !protocol) continue;
            FaultOccasion? occasion = _occasions.Find(o => ReferenceEquals(o.Rule, rule));
            if (occasion is null)
            {
                occasion = new FaultOccasion(rule, new Random(unchecked((faults.Seed * 397) ^ ((int)connection * 31) ^ i)));
                if (rule.Request is null) occasion.Arm();
            }

            occasions.Add(occasion);
        }

        _occasions = occasions;
        _seen = rules;
    }

    private void ReadLines(ReadOnlySpan<byte> bytes)
    {
        Refresh();
        if (!_occasions.Exists(static o => o.Rule.Request is not null)) return;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != (byte)'\n')
            {
                if (_line.Count < LongestLine) _line.Add(bytes[i]);
                continue;
            }

            string line = Encoding.Latin1.GetString([.. _line]).TrimEnd('\r');
            _line.Clear();
            bool newTurn = _answered;
            _answered = false;
            foreach (FaultOccasion occasion in _occasions)
            {
                if (occasion.Rule.Request is not { } request) continue;
                if (newTurn && !occasion.Rule.Fault.StrikesOnce) occasion.IsArmed = false;
                if (!request(line)) continue;
                occasion.Arm();
                if (occasion.Rule.IsReceiving) occasion.Passed(bytes[(i + 1)..]);
            }
        }
    }
}
