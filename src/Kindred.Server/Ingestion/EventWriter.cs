using System.Diagnostics;
using System.Threading.Channels;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Ingestion;

/// <summary>The queue is full: a caller waits a moment and tries again.</summary>
internal sealed class QueueFullException() : Exception("Too many events wait for being written; try again in a second.");

/// <summary>
/// Writes the events of all requests: what comes in while a transaction commits goes into the next one together. So a single event waits
/// for one commit when the server is idle, and thousands of them share one when it is busy.
/// </summary>
internal sealed partial class EventWriter(
    IStore store, LivingOptions options, Durability durability, ILogger<EventWriter> log) : IHostedService
{
    /// <summary>
    /// Events, unless one request has more. A larger commit costs less for each event, as users' pages are shared; a single event waits
    /// for it, about 50 ms.
    /// </summary>
    private const int LargestCommit = 5_000;

    private const int ManyEvents = 500;

    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    private Task _writing = Task.CompletedTask;
    private int _queued;

    /// <summary>What was just committed, in order of sequence; called before its requests are answered. Must not throw, and be
    /// quick.</summary>
    public event Action<IReadOnlyList<StoredEvent>>? Stored;

    /// <summary>What acknowledged events have survived.</summary>
    public Durability Durability => durability;

    /// <summary>Events that wait for being written.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>When the oldest event that is not yet written came in; null: none waits.</summary>
    public DateTimeOffset? WaitingSince { get; private set; }

    /// <summary>Writes events; with <see cref="Durability.Memory"/> they are acknowledged at once, as accepted.</summary>
    /// <param name="waits">Whatever the durability: waits until they are in the store, and says what became of them there.</param>
    /// <exception cref="QueueFullException">Nothing was stored.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was stored.</exception>
    public Task<IReadOnlyList<AppendResult>> WriteAsync(IReadOnlyList<NewEvent> events, bool waits = false)
    {
        if (events.Count == 0) return Task.FromResult<IReadOnlyList<AppendResult>>([]);
        // an empty queue takes a request of any size
        if (Interlocked.Add(ref _queued, events.Count) is var queued && queued > options.EventQueue && queued > events.Count)
        {
            Interlocked.Add(ref _queued, -events.Count);
            Instruments.Reject("busy", events.Count);
            throw new QueueFullException();
        }
        var waiting = new Waiting(events);
        if (!_queue.Writer.TryWrite(waiting))
        {
            Interlocked.Add(ref _queued, -events.Count);
            throw new StoreUnavailableException("The server is stopping; send the events again in a moment.");
        }
        return durability == Durability.Memory && !waits
            ? Task.FromResult<IReadOnlyList<AppendResult>>([.. events.Select(_ => new AppendResult(AppendOutcome.Accepted, null))])
            : waiting.Done.Task;
    }

    /// <summary>Writes many events; waits while the queue is more than half full, so that single events find room.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was stored.</exception>
    public async Task<IReadOnlyList<AppendResult>> WriteManyAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellation)
    {
        while (Queued > options.EventQueue / 2) await Task.Delay(TimeSpan.FromMilliseconds(5), cancellation);
        return await WriteAsync(events);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writing = Task.Run(WriteQueued, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Called when no more requests run: writes what is queued.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await _writing.WaitAsync(cancellationToken);
    }

    private async Task WriteQueued()
    {
        var answering = Task.CompletedTask;
        while (await _queue.Reader.WaitToReadAsync())
        {
            var batch = new List<Waiting>();
            int count = 0;
            while (_queue.Reader.TryPeek(out var next) && (count == 0 || count + next.Events.Count <= LargestCommit))
            {
                _queue.Reader.TryRead(out next);
                batch.Add(next!);
                count += next!.Events.Count;
            }
            WaitingSince = batch[0].Since;
            answering = await Write(batch, count, answering);
            WaitingSince = null;
        }
        await answering;
    }

    /// <param name="before">Ends when what was committed before is told and answered.</param>
    /// <returns>Ends when this is: the next commit need not wait for it.</returns>
    private async Task<Task> Write(List<Waiting> batch, int count, Task before)
    {
        try
        {
            IReadOnlyList<NewEvent> events = batch.Count == 1 ? batch[0].Events : [.. batch.SelectMany(waiting => waiting.Events)];
            long began = Stopwatch.GetTimestamp();
            var results = await store.Events.AppendAsync(events);
            Measure(results, began);
            // few events are told sooner than another thread wakes up
            return count < ManyEvents && before.IsCompleted ? Finish() : Task.Run(Finish);

            async Task Finish()
            {
                await before;
                Answer(batch, results);
                Interlocked.Add(ref _queued, -count);
            }
        }
        catch (Exception e)
        {
            if (durability == Durability.Memory) LogLost(log, count, e);
            foreach (var waiting in batch) waiting.Done.TrySetException(e);
            Interlocked.Add(ref _queued, -count);
            return before;
        }
    }

    private void Answer(List<Waiting> batch, IReadOnlyList<AppendResult> results)
    {
        Tell([.. results.Where(result => result.Event is not null).Select(result => result.Event!)]);
        int start = 0;
        foreach (var waiting in batch)
        {
            waiting.Done.SetResult(batch.Count == 1 ? results : [.. results.Skip(start).Take(waiting.Events.Count)]);
            start += waiting.Events.Count;
        }
    }

    /// <summary>What is stored is stored, whatever becomes of the memory of it.</summary>
    private void Tell(StoredEvent[] events)
    {
        try
        {
            Stored?.Invoke(events);
        }
        catch (Exception e)
        {
            LogUntold(log, e);
        }
    }

    private static void Measure(IReadOnlyList<AppendResult> results, long start)
    {
        Instruments.CommitDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
        int duplicates = 0, conflicts = 0;
        foreach (var result in results)
        {
            if (result.Event is { } stored) Instruments.EventsAge.Record((stored.ReceivedAt - stored.Time).TotalSeconds);
            else if (result.Outcome == AppendOutcome.Duplicate) duplicates++;
            else conflicts++;
        }
        Instruments.EventsIngested.Add(results.Count - duplicates - conflicts);
        Instruments.Reject("duplicate", duplicates);
        Instruments.Reject("conflict", conflicts);
    }

    [LoggerMessage(13, LogLevel.Error, "Stored events could not be taken into memory; answers know them later")]
    private static partial void LogUntold(ILogger log, Exception e);

    [LoggerMessage(10, LogLevel.Error, "{Events} events were acknowledged in memory and could not be written")]
    private static partial void LogLost(ILogger log, int events, Exception e);

    /// <summary>The events of one request.</summary>
    private sealed class Waiting(IReadOnlyList<NewEvent> events)
    {
        public IReadOnlyList<NewEvent> Events => events;

        public DateTimeOffset Since { get; } = DateTimeOffset.UtcNow;

        public TaskCompletionSource<IReadOnlyList<AppendResult>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
