using System.ComponentModel;
using Kindred.Pipelines;

namespace Kindred.Reranking;

/// <summary>
/// A stage behind the ranker: the options that programs and JSON write. Bound to what it needs it is an <see cref="IStage"/>.
/// </summary>
internal abstract record Reranker
{
    [Description("Name in explanations and budgets. Default: the kind.")]
    public string? Name { get; set; }

    /// <returns>The stage, safe to share between threads.</returns>
    /// <exception cref="InputException">An option is out of its range, or the data do not have what the stage needs.</exception>
    public IStage Bind(RerankingInputs inputs)
    {
        OptionCheck.Check(this);
        return BindTo(inputs);
    }

    /// <summary><see cref="Bind(RerankingInputs)"/> to data alone.</summary>
    public IStage Bind(Interactions data) => Bind(new RerankingInputs(data));

    private protected abstract IStage BindTo(RerankingInputs inputs);
}
