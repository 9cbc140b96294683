using Kindred.Retrieval.Indexes;
using Kindred.Storage;

namespace Kindred.Tests.Retrieval;

/// <summary>An exact index that forgets: of each answer the last ones are lost, how many depends on the effort.</summary>
internal sealed class FakeIndex(IIndex exact, Func<int, int> lost) : IIndex
{
    public int LastEffort { get; private set; }

    public int Searches { get; private set; }

    public IndexDescription Description => exact.Description with { Kind = "fake", Effort = 64 };

    public int Search(in IndexQuery query, Span<int> items, Span<float> scores)
    {
        (LastEffort, Searches) = (query.Effort, Searches + 1);
        return Math.Max(0, exact.Search(query, items, scores) - lost(query.Effort));
    }

    public void Save(TensorWriter writer) => exact.Save(writer);
}
