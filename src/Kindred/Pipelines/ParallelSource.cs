using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>
/// A source that runs in parallel with the others. A run that is late is cancelled; while as many late ones are still running as there may
/// be, no other is started. Shared by all requests.
/// </summary>
/// <param name="hold">
/// Keeps open what the source reads, such as a snapshot; each run holds it until it ends, however late. Null: nothing is to be closed.
/// </param>
internal sealed class ParallelSource(Source source, Func<IDisposable>? hold)
{
    /// <summary>The most late runs that are still running.</summary>
    internal static readonly int MostLate = 2 * Environment.ProcessorCount;

    private int _late;

    public Source Source => source;

    public bool IsBusy => Volatile.Read(ref _late) >= MostLate;

    /// <summary>Late runs that are still running.</summary>
    internal int Late => Volatile.Read(ref _late);

    /// <param name="isMeasured">Its time counts among those of answers.</param>
    /// <param name="cancellationToken">Of the request.</param>
    public SourceRun Start(Query query, int count, bool isMeasured, CancellationToken cancellationToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var held = hold?.Invoke();
        return new(this, stop, RetrieveAsync(query, count, held, isMeasured, stop.Token));
    }

    private async Task<Proposal> RetrieveAsync(
        Query query, int count, IDisposable? held, bool isMeasured, CancellationToken cancellationToken)
    {
        using (held)
        {
            using var running = isMeasured ? StepTelemetry.Begin(source.Name, 0) : default;
            var proposal = source.Retriever is IRemoteRetriever remote
                ? await remote.RetrieveAsync(query, count, cancellationToken).ConfigureAwait(false)
                : await Task.Run(() => Retrieve(query, count, cancellationToken), CancellationToken.None).ConfigureAwait(false);
            running.End(proposal.Items.Length);
            return proposal;
        }
    }

    // in memory of its own: it may still run when nobody waits any more
    private Proposal Retrieve(in Query query, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (items, scores) = (new int[count], new float[count]);
        int length = source.Retriever.Retrieve(query, items, scores, cancellationToken);
        return new(items.AsMemory(0, length), scores.AsMemory(0, length));
    }

    /// <summary>One request's run. To be disposed when the request no longer waits for it: that cancels what has not ended.</summary>
    internal sealed class SourceRun(ParallelSource owner, CancellationTokenSource stop, Task<Proposal> task) : IDisposable
    {
        public Task<Proposal> Task => task;

        public void Dispose()
        {
            if (task.IsCompleted)
            {
                _ = task.Exception; // seen
                stop.Dispose();
                return;
            }
            Interlocked.Increment(ref owner._late);
            stop.Cancel();
            task.ContinueWith(ended =>
            {
                _ = ended.Exception;
                Interlocked.Decrement(ref owner._late);
                stop.Dispose();
            }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
