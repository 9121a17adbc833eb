namespace ProtocolClients.Transport;

/// <content>What the pool keeps for one key. All of it is read and written under the gate of the pool.</content>
public sealed partial class ConnectionPool<TConnection>
{
    /// <summary>One open connection; made once, so that a lease is the only allocation of a lease.</summary>
    internal sealed class Entry(Shelf shelf, TConnection connection, TimeSpan openedAt)
    {
        public Shelf Shelf => shelf;

        public TConnection Connection => connection;

        public TimeSpan OpenedAt => openedAt;

        /// <summary>When it is closed if it is still idle; set when it comes back.</summary>
        public TimeSpan Due { get; set; }
    }

    /// <summary>
    /// The connections of one key. While somebody waits, none is idle and all places are taken. A place is taken by a
    /// connection from before it is dialed until after it is closed: the server counts it as long.
    /// </summary>
    internal sealed class Shelf(ConnectionPool<TConnection> pool, PoolKey key, int limit)
    {
        public ConnectionPool<TConnection> Pool => pool;

        public PoolKey Key => key;

        public int Limit { get; set; } = limit;

        public int Places { get; set; }

        /// <summary>The places of connections that are leased or idle: not of those that are being dialed or closed.</summary>
        public int Open { get; set; }

        /// <summary>The most recent last.</summary>
        public List<Entry> Idle { get; } = [];

        public LinkedList<Waiter> Waiters { get; } = [];

        /// <summary>An idle connection: the most recent preferred one, else the most recent; null when there is none.</summary>
        public Entry? TakeIdle(Func<TConnection, bool>? prefer)
        {
            if (Idle.Count == 0) return null;
            int chosen = Idle.Count - 1;
            if (prefer is not null)
            {
                while (chosen >= 0 && !prefer(Idle[chosen].Connection)) chosen--;
                if (chosen < 0) chosen = Idle.Count - 1;
            }

            Entry entry = Idle[chosen];
            Idle.RemoveAt(chosen);
            return entry;
        }

        /// <summary>Takes the first out of the line; whoever took a waiter out is the only one to complete it.</summary>
        public Waiter? NextWaiter()
        {
            Waiter? first = Waiters.First?.Value;
            if (first is not null) Waiters.RemoveFirst();
            return first;
        }
    }

    /// <summary>Somebody in the line. The result is a connection that came back, or null for a free place to dial in.</summary>
    internal sealed class Waiter : TaskCompletionSource<Entry?>
    {
        private readonly LinkedListNode<Waiter> _node;

        public Waiter(Shelf shelf)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            Shelf = shelf;
            _node = new LinkedListNode<Waiter>(this);
            shelf.Waiters.AddLast(_node);
        }

        public Shelf Shelf { get; }

        /// <summary>What <see cref="PoolOptions.Activity"/> told last.</summary>
        public long Seen { get; set; }

        // A connection handed over and a cancellation in the same moment: who finds the waiter in the line has it. One that was
        // handed a connection keeps it, and its caller gives it back; a cancelled one was never handed any.
        public void Cancel(CancellationToken cancellationToken)
        {
            if (TryLeave()) TrySetCanceled(cancellationToken);
        }

        /// <summary>Ends the wait when nothing was done with a connection since the last look.</summary>
        public void Look()
        {
            long now = Shelf.Pool.Activity();
            bool isStill = now == Seen;
            Seen = now;
            if (isStill && TryLeave()) TrySetException(Shelf.Pool.Exhausted(Shelf.Key));
        }

        private bool TryLeave()
        {
            lock (Shelf.Pool._gate)
            {
                if (_node.List is null) return false;
                Shelf.Waiters.Remove(_node);
                return true;
            }
        }
    }
}
