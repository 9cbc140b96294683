using System.Globalization;
using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Goes on with the first candidates alone, so that the stages behind it have less to do.</summary>
/// <param name="count">How many.</param>
public sealed class Truncate(int count) : IExplainingStage
{
    public void Apply(in Query query, Candidates candidates) => candidates.Truncate(count);

    public IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place) =>
        place < count ? [] : [new Reason(string.Create(CultureInfo.InvariantCulture, $"rank {place + 1}, and {count} are kept"))];
}
