using System.Threading.Channels;

namespace Kindred.Store.Exposures;

/// <summary>
/// What was recommended to whom, for attribution and for learning what a policy is worth: append-only files of compressed, checksummed
/// blocks (segments) in one folder, written in the background. Answers never wait for it.
/// </summary>
/// <remarks>
/// What was appended is in the hands of the operating system <see cref="ExposureLogOptions.BlockTime"/> later: a killed process loses at
/// most that much, a loss of power some seconds. One process writes a folder at a time; the server's lock sees to it.
/// </remarks>
public sealed class ExposureLog : IAsyncDisposable
{
    private const int LargestBlock = 4_000; // exposures and marks

    private readonly string _folder;
    private readonly ExposureReader _reader;
    private readonly ExposureLogOptions _options;
    private readonly Channel<object> _queue;
    private readonly SemaphoreSlim _rewriting = new(1), _urgent = new(0);
    private readonly Task _writing;
    private FileStream? _segment;
    private long _dropped;
    private volatile string? _fault;

    private ExposureLog(string folder, ExposureLogOptions options, FileStream? segment)
    {
        (_folder, _options, _segment, _reader) = (folder, options, segment, new(folder));
        _queue = Channel.CreateBounded<object>(new BoundedChannelOptions(options.QueueLength) { SingleReader = true });
        _writing = Task.Run(WriteQueuedAsync);
    }

    /// <summary>Exposures and marks that were not written, because the queue was full or the disk refused them.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Exposures and marks that wait for the disk.</summary>
    public int Queued => _queue.Reader.Count;

    /// <summary>Why the last block could not be written, as a sentence; null: it could.</summary>
    public string? Fault => _fault;

    /// <summary>Opens a log; the folder is made if there is none. What a killed writer left unfinished is cut off.</summary>
    /// <exception cref="StoreUnavailableException">The folder cannot be written to.</exception>
    public static ExposureLog Open(string folder, ExposureLogOptions? options = null)
    {
        string full = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(full);
            foreach (string draft in Directory.GetFiles(full, "*.tmp")) File.Delete(draft); // of a rewriting that was killed
            string? last = ExposureSegment.List(full).LastOrDefault();
            return new(full, options ?? new(), last is null ? null : ExposureSegment.Continue(last));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The exposures in {full} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Hands an exposure to the writer. O(1), never waits.</summary>
    /// <returns>False: the queue is full, the exposure is dropped and counted.</returns>
    public bool TryAppend(Exposure exposure) => TryQueue(exposure);

    /// <summary>Hands a mark to the writer.</summary>
    /// <returns>False: the queue is full, the mark is dropped and counted.</returns>
    public bool TryMark(ShownMark mark) => TryQueue(mark);

    /// <summary>Ends when all that was appended before is in the hands of the operating system, or dropped.</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) => ReachAsync(new(Closes: false), cancellationToken);

    /// <inheritdoc cref="ExposureReader.Read"/>
    public IEnumerable<Exposure> Read(DateTimeOffset from, DateTimeOffset to) => _reader.Read(from, to);

    /// <inheritdoc cref="ExposureReader.ReadMarks"/>
    public IEnumerable<ShownMark> ReadMarks(DateTimeOffset from, DateTimeOffset to) => _reader.ReadMarks(from, to);

    /// <inheritdoc cref="ExposureReader.Attribute"/>
    public IReadOnlyList<Attribution> Attribute(IReadOnlyList<StoredEvent> events, TimeSpan window) => _reader.Attribute(events, window);

    /// <summary>
    /// Removes a user's exposures, or an item from all lists, by rewriting the segments that have them. O(size of the log).
    /// </summary>
    /// <returns>Exposures that named the id, before and after.</returns>
    public async Task<ForgottenPlace> ForgetAsync(SubjectKind kind, string id, CancellationToken cancellationToken = default)
    {
        string[] closed = await ReachAsync(new(Closes: true), cancellationToken).ConfigureAwait(false);
        await _rewriting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var forgetting = new ExposureForgetting(kind, id);
            return await Task.Run(() => forgetting.Run(closed, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The exposures in {_folder} cannot be rewritten: {e.Message}", e);
        }
        finally
        {
            _rewriting.Release();
        }
    }

    /// <summary>Writes what is queued and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        Hurry();
        await _writing.ConfigureAwait(false);
    }

    private async Task<string[]> ReachAsync(Barrier barrier, CancellationToken cancellationToken)
    {
        Hurry(); // makes room, if the queue is full
        try
        {
            await _queue.Writer.WriteAsync(barrier, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(ExposureLog));
        }
        Hurry();
        return await barrier.Reached.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private bool TryQueue(object entry)
    {
        if (_queue.Writer.TryWrite(entry)) return true;
        Interlocked.Increment(ref _dropped);
        Hurry();
        return false;
    }

    /// <summary>The writer does not wait for its block to be full.</summary>
    private void Hurry()
    {
        if (_urgent.CurrentCount == 0) _urgent.Release();
    }

    // A segment holds what came after it was begun and before the next one was; clocks and queues are given an hour.
    /// <summary>Written blocks of a folder; another process may write it.</summary>
    internal static IEnumerable<ExposureBlock> BlocksOf(string folder, DateTimeOffset from)
    {
        string[] segments = ExposureSegment.List(folder);
        long earliest = from < DateTimeOffset.UnixEpoch ? 0 : from.ToUnixTimeMilliseconds();
        int first = 0;
        while (first + 1 < segments.Length && ExposureSegment.Began(segments[first + 1]) + 3_600_000 < earliest) first++;
        return segments.Skip(first).SelectMany(BlocksIfThere).Select(ExposureBlock.Decode);
    }

    /// <summary>Retention may remove a segment after it was listed.</summary>
    private static IEnumerable<byte[]> BlocksIfThere(string path) => File.Exists(path) ? ExposureSegment.Blocks(path) : [];

    private async Task WriteQueuedAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            if (_queue.Reader.Count < LargestBlock) await _urgent.WaitAsync(_options.BlockTime).ConfigureAwait(false);
            var block = new ExposureBlock();
            Barrier? barrier = null;
            while (barrier is null && block.Count < LargestBlock && _queue.Reader.TryRead(out object? entry)) barrier = Add(entry, block);
            if (block.Count > 0) Write(block);
            if (barrier is null) continue;
            if (barrier.Closes) Close();
            Answer(barrier);
        }
        Close();
    }

    private void Answer(Barrier barrier)
    {
        try
        {
            barrier.Reached.TrySetResult(barrier.Closes ? ExposureSegment.List(_folder) : []);
        }
        catch (Exception e)
        {
            barrier.Reached.TrySetException(new StoreUnavailableException($"The exposures in {_folder} cannot be read: {e.Message}", e));
        }
    }

    private static Barrier? Add(object entry, ExposureBlock block)
    {
        if (entry is Exposure exposure) block.Exposures.Add(exposure);
        else if (entry is ShownMark mark) block.Marks.Add(mark);
        return entry as Barrier;
    }

    /// <summary>Whatever goes wrong is said by <see cref="Fault"/>, and the next block is tried: the writer lives as long as the
    /// log.</summary>
    private void Write(ExposureBlock block)
    {
        try
        {
            ExposureSegment.Append(Segment(), ExposureSegment.Frame(block));
            _fault = null;
        }
        catch (Exception e)
        {
            Fail(e);
            Interlocked.Add(ref _dropped, block.Count);
        }
    }

    private void Fail(Exception e) => _fault = $"Exposures in {_folder} cannot be written: {e.Message}";

    /// <summary>The segment to append to.</summary>
    private FileStream Segment()
    {
        long now = Now;
        if (_segment is not null && (_segment.Length >= _options.SegmentBytes || !File.Exists(_segment.Name)
            || now - ExposureSegment.Began(_segment.Name) >= _options.SegmentTime.TotalMilliseconds))
            Close();
        if (_segment is not null) return _segment;
        string[] segments = ExposureSegment.List(_folder);
        if (segments.Length > 0) now = Math.Max(now, ExposureSegment.Began(segments[^1]) + 1); // also after the clock was set back
        return _segment = ExposureSegment.Create(Path.Combine(_folder, ExposureSegment.Name(now)));
    }

    private void Close()
    {
        try
        {
            using (_segment) _segment?.Flush(flushToDisk: true);
            RemoveOld();
        }
        catch (Exception e)
        {
            Fail(e);
        }
        _segment = null;
    }

    /// <summary>Removes segments that ended, as the next one began, before the retention.</summary>
    private void RemoveOld()
    {
        if (!_rewriting.Wait(0)) return; // the next time
        try
        {
            long oldest = Now - (long)_options.Retention.TotalMilliseconds;
            string[] segments = ExposureSegment.List(_folder);
            for (int n = 0; n + 1 < segments.Length && ExposureSegment.Began(segments[n + 1]) < oldest; n++) File.Delete(segments[n]);
        }
        finally
        {
            _rewriting.Release();
        }
    }

    private long Now => _options.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Waits in the queue like an exposure: when it is reached, all before it is written.</summary>
    /// <param name="Closes">Close the segment; the answer is all closed segments.</param>
    private sealed record Barrier(bool Closes)
    {
        public TaskCompletionSource<string[]> Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
