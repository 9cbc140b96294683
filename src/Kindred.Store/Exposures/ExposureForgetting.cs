namespace Kindred.Store.Exposures;

/// <summary>Rewrites the segments that name an id. Blocks that do not name it are copied as they are.</summary>
internal sealed class ExposureForgetting(SubjectKind kind, string id)
{
    /// <summary>The id, and the requests whose exposures were removed: marks of them are removed, too.</summary>
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { id };

    /// <param name="segments">Oldest first, as marks come after their exposures.</param>
    public ForgottenPlace Run(string[] segments, CancellationToken cancellationToken)
    {
        long before = 0, after = 0;
        foreach (string path in segments)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!File.Exists(path) || !ExposureSegment.Blocks(path).Any(block => ExposureBlock.Names(block, _names))) continue;
            before += Rewrite(path);
            after += ExposureSegment.Blocks(path).Sum(block => (long)ExposureBlock.Decode(block).Exposures.Count(Concerns));
        }
        return new("exposures", before, after);
    }

    /// <returns>How many exposures named the id.</returns>
    private long Rewrite(string path)
    {
        long count = 0;
        string draft = path + ".tmp";
        File.Delete(draft);
        using (var file = ExposureSegment.Create(draft))
        {
            foreach (var (frame, _) in ExposureSegment.Frames(path).Where(frame => frame.Frame.Length > 0))
            {
                byte[] bytes = ExposureSegment.Decompress(frame);
                if (!ExposureBlock.Names(bytes, _names))
                {
                    ExposureSegment.Append(file, frame);
                    continue;
                }
                var (kept, removed) = Without(ExposureBlock.Decode(bytes));
                count += removed;
                if (kept.Count > 0) ExposureSegment.Append(file, ExposureSegment.Frame(kept));
            }
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
        return count;
    }

    private (ExposureBlock Kept, int Removed) Without(ExposureBlock block)
    {
        var kept = new ExposureBlock();
        int removed = 0;
        foreach (var exposure in block.Exposures)
        {
            if (!Concerns(exposure)) kept.Exposures.Add(exposure);
            else
            {
                removed++;
                if (kind == SubjectKind.User) _names.Add(exposure.RequestId);
                else kept.Exposures.Add(exposure with { Items = [.. exposure.Items.Where(item => item.ItemId != id)] });
            }
        }
        kept.Marks.AddRange(block.Marks.Where(mark => kind == SubjectKind.Item || !_names.Contains(mark.RequestId)));
        return (kept, removed);
    }

    private bool Concerns(Exposure exposure) => kind == SubjectKind.User
        ? exposure.UserId == id || exposure.SessionId == id
        : exposure.Items.Any(item => item.ItemId == id);
}
