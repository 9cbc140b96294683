namespace Kindred.Store.Exposures;

/// <summary>Reads what a log of exposures has written, also while its server writes more. Opens nothing until it is asked.</summary>
/// <param name="folder">Of the log.</param>
public sealed class ExposureReader(string folder)
{
    /// <summary>
    /// Written exposures with a time from <paramref name="from"/> to before <paramref name="to"/>, in the order of writing.
    /// </summary>
    public IEnumerable<Exposure> Read(DateTimeOffset from, DateTimeOffset to) => Blocks(from)
        .SelectMany(block => block.Exposures).Where(exposure => exposure.Time >= from && exposure.Time < to);

    /// <summary>Written marks with a time from <paramref name="from"/> to before <paramref name="to"/>, in the order of writing.</summary>
    public IEnumerable<ShownMark> ReadMarks(DateTimeOffset from, DateTimeOffset to) =>
        Blocks(from).SelectMany(block => block.Marks).Where(mark => mark.Time >= from && mark.Time < to);

    /// <summary>
    /// Finds for each event the exposure it answers: the one of its request, if that has the item; else the last one of the item to the
    /// same user, or session, within a window before the event. Reads the segments of that time once: O(their size + events).
    /// </summary>
    /// <param name="window">How long before an event its exposure may be.</param>
    /// <returns>One for each event, in their order.</returns>
    public IReadOnlyList<Attribution> Attribute(IReadOnlyList<StoredEvent> events, TimeSpan window)
    {
        if (events.Count == 0) return [];
        var query = new AttributionQuery(events, window);
        foreach (var block in Blocks(query.From)) query.Look(block);
        return query.Results;
    }

    private IEnumerable<ExposureBlock> Blocks(DateTimeOffset from) => ExposureLog.BlocksOf(folder, from);
}
