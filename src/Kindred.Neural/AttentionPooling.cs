using Kindred.Models.Towers;
using Kindred.Numerics.Sgd;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kindred.Neural;

/// <summary><see cref="HistoryAttention"/> in Torch, with gradients. At first all items of a history count alike.</summary>
internal static class AttentionPooling
{
    private const string Query = "attention.query", Ages = "attention.ages";

    public static void AddTo(ParameterSet parameters, int dimensions, int historyLength)
    {
        parameters.AddConstant(Query, 0, dimensions);
        parameters.AddConstant(Ages, 0, historyLength);
    }

    /// <returns>What is served, as it is now.</returns>
    public static HistoryAttention Of(ParameterSet parameters) =>
        new(ParameterSet.MatrixOf(parameters[Query]), ParameterSet.MatrixOf(parameters[Ages]));

    /// <param name="histories">[rows], the columns of each history's items, the last one last.</param>
    /// <returns>[rows, d], zero for an empty history.</returns>
    public static Tensor Pool(ParameterSet parameters, FactorizationBlock histories)
    {
        int rows = histories.Count, longest = 1;
        for (int row = 0; row < rows; row++) longest = Math.Max(longest, histories.Starts[row + 1] - histories.Starts[row]);
        // an empty history attends to a place of weight 0
        long[] columns = new long[rows * longest], ages = new long[rows * longest];
        float[] mask = new float[rows * longest], scales = new float[rows];
        Array.Fill(mask, float.NegativeInfinity);
        for (int row = 0; row < rows; row++)
        {
            int first = histories.Starts[row], count = histories.Starts[row + 1] - first, at = row * longest;
            mask[at] = 0;
            scales[row] = MathF.Sqrt(count);
            for (int n = 0; n < count; n++)
                (columns[at + n], ages[at + n], mask[at + n]) = (histories.Columns[first + n], count - 1 - n, 0);
        }
        var device = parameters.Device;
        var items = parameters["table"].index_select(0, tensor(columns, device: device));
        var logits = matmul(items, parameters[Query]).Plus(parameters[Ages].index_select(0, tensor(ages, device: device)))
            .view(rows, longest);
        var weights = F.softmax(logits.Plus(tensor(mask, [rows, longest], device: device)), 1) * tensor(scales, [rows, 1], device: device);
        return matmul(weights.unsqueeze(1), items.view(rows, longest, -1)).squeeze(1);
    }
}
