using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Kindred.Reranking.Limits;

[Description("Limits on the labels of one column.")]
internal sealed record LabelLimit
{
    [Description("Column of item labels.")]
    public required string Labels { get; set; }

    [Description("Maximum number of items with the same label. Default: no maximum."), Range(0, 10_000)]
    public int? Most { get; set; }

    [Description("Maximum number of items with a label, by label; overrides most."), Range(0, int.MaxValue)]
    public IReadOnlyDictionary<string, int> MostOf { get; set; } = new Dictionary<string, int>();

    [Description("Minimum number of items with a label, by label."), Range(0, int.MaxValue)]
    public IReadOnlyDictionary<string, int> LeastOf { get; set; } = new Dictionary<string, int>();

    [Description("Minimum number of other items between two with the same label."), Range(0, 10_000)]
    public int Gap { get; set; }
}
