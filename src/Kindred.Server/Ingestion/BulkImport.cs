using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Kindred.Server.Endpoints;
using Kindred.Store;

namespace Kindred.Server.Ingestion;

/// <summary>Reads JSON lines of any number into the store, in batches that wait for room in the queue.</summary>
internal sealed class BulkImport(EventWriter writer, StoreChanges changes)
{
    private const int Batch = 1_000, MostReasons = 100, LongestLine = 1 << 20;

    public async Task<ImportAnswer> EventsAsync(Stream lines, RecordReader.Read<NewEvent> read, CancellationToken cancellation)
    {
        var counts = new Counts();
        await ReadAsync(lines, read, counts, async (events, indices) =>
        {
            var results = await writer.WriteManyAsync(events, cancellation);
            for (int n = 0; n < results.Count; n++)
            {
                if (results[n].Outcome == AppendOutcome.Accepted) counts.Stored++;
                else if (results[n].Outcome == AppendOutcome.Duplicate) counts.Duplicates++;
                else counts.AddConflict(indices[n]);
            }
        }, cancellation);
        return counts.ToAnswer();
    }

    public async Task<ImportAnswer> EntriesAsync(Stream lines, ICatalogStore entries, CancellationToken cancellation)
    {
        var counts = new Counts();
        await ReadAsync<CatalogEntry>(lines, new EntryReader().Read, counts, async (batch, _) =>
        {
            await entries.PutAsync(batch, cancellation);
            counts.Stored += batch.Count;
        }, cancellation);
        await changes.CatchUpAsync(CancellationToken.None);
        return counts.ToAnswer();
    }

    private static async Task ReadAsync<T>(
        Stream lines, RecordReader.Read<T> read, Counts counts, Func<List<T>, List<long>, Task> write, CancellationToken cancellation)
        where T : class
    {
        var reader = PipeReader.Create(lines);
        var (records, indices) = (new List<T>(Batch), new List<long>(Batch));
        while (true)
        {
            var result = await reader.ReadAsync(cancellation);
            var buffer = result.Buffer;
            while (TryTakeLine(ref buffer, result.IsCompleted, out var line))
            {
                Add(line);
                if (records.Count == Batch) await Flush();
            }
            if (buffer.Length > LongestLine)
            {
                await Flush();
                throw new InputException(
                    $"Line {counts.Lines + 1} is longer than {LongestLine >> 20} MiB; the lines before it are stored.");
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) break;
        }
        await Flush();

        void Add(ReadOnlySequence<byte> line)
        {
            long index = counts.Lines++;
            ReadOnlySpan<byte> text = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
            if (index == 0 && text.StartsWith(Encoding.UTF8.Preamble)) text = text[Encoding.UTF8.Preamble.Length..];
            text = text.Trim(" \t\r"u8);
            if (text.IsEmpty) return;
            var (record, reason) = RecordReader.ReadLine(text, read);
            if (record is null) counts.Reject(index, reason!);
            else
            {
                records.Add(record);
                indices.Add(index);
            }
        }

        async Task Flush()
        {
            if (records.Count > 0) await write(records, indices);
            (records, indices) = (new(Batch), new(Batch)); // the writer may still hold the old ones
        }
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }
        line = buffer;
        if (!isLast || buffer.IsEmpty) return false;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private sealed class Counts
    {
        private readonly List<Rejection> _reasons = [];
        private long _conflicts, _rejected;

        public long Lines, Stored, Duplicates;

        public void Reject(long index, string reason)
        {
            _rejected++;
            if (_reasons.Count < MostReasons) _reasons.Add(new((int)index, reason));
        }

        public void AddConflict(long index)
        {
            _conflicts++;
            if (_reasons.Count < MostReasons) _reasons.Add(new((int)index, EventEndpoints.ConflictReason));
        }

        public ImportAnswer ToAnswer() => new(Stored, Duplicates, _conflicts, _rejected, _reasons.Count > 0 ? _reasons : null);
    }
}
