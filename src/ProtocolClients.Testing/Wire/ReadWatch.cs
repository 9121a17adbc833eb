namespace ProtocolClients.Testing;

/// <summary>
/// Knows whether someone waits for bytes: a read is under way and nothing has come. What lets a test wait for the other
/// side without sleeping.
/// </summary>
internal sealed class ReadWatch
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _reads;

    public bool IsWaiting
    {
        get
        {
            lock (_gate) return _reads > 0;
        }
    }

    public void Begin()
    {
        lock (_gate)
        {
            _reads++;
            _waiting.TrySetResult();
        }
    }

    public void End()
    {
        lock (_gate)
        {
            if (--_reads == 0) _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public Task WaitAsync()
    {
        lock (_gate) return _waiting.Task;
    }
}
