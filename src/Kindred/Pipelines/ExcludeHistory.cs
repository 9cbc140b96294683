using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Removes what the user already had.</summary>
public sealed class ExcludeHistory : IStage
{
    public void Apply(in Query query, Candidates candidates)
    {
        if (query.History.IsEmpty) return;
        var history = new HashSet<int>(query.History.Length);
        foreach (int item in query.History.Span) history.Add(item);
        candidates.KeepWhere(place => !history.Contains(candidates.Items[place]));
    }
}
