using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>
/// D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, with the weight decay taken out of the gradient: I.
/// Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2. Our own, so that its state can be kept and gone
/// on from exactly.
/// </summary>
/// <remarks>
///   m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  p ← (1 − rate·λ)·p − rate·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
/// Memory: two tensors for each parameter.
/// </remarks>
internal sealed class AdamW : IDisposable
{
    private const double MeanDecay = .9, SquareDecay = .98, Epsilon = 1e-8;

    private readonly ParameterSet _parameters;

    public AdamW(ParameterSet parameters)
    {
        _parameters = parameters;
        Means = [.. parameters.Tensors.Select(p => zeros_like(p, requires_grad: false).DetachFromDisposeScope())];
        Squares = [.. parameters.Tensors.Select(p => zeros_like(p, requires_grad: false).DetachFromDisposeScope())];
    }

    /// <summary>m of each parameter.</summary>
    public IReadOnlyList<Tensor> Means { get; }

    /// <summary>v of each parameter.</summary>
    public IReadOnlyList<Tensor> Squares { get; }

    /// <param name="gradients">Of each parameter.</param>
    /// <param name="step">t, from 1.</param>
    /// <param name="decay">λ; vectors, which are biases and gains, do not decay.</param>
    public void Step(IReadOnlyList<Tensor> gradients, long step, double rate, double decay)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        double meanScale = 1 - Math.Pow(MeanDecay, step), squareScale = Math.Sqrt(1 - Math.Pow(SquareDecay, step));
        for (int n = 0; n < gradients.Count; n++)
        {
            var (parameter, gradient) = (_parameters.Tensors[n], gradients[n]);
            if (decay > 0 && parameter.dim() > 1) parameter.Scale(1 - (rate * decay));
            Means[n].Scale(MeanDecay).AddScaled(1 - MeanDecay, gradient);
            Squares[n].Scale(SquareDecay).AddProduct(1 - SquareDecay, gradient, gradient);
            parameter.AddQuotient(-rate / meanScale, Means[n], Squares[n].sqrt().Scale(1 / squareScale).Increase(Epsilon));
        }
    }

    public void Dispose()
    {
        foreach (var tensor in Means.Concat(Squares)) tensor.Dispose();
    }
}
