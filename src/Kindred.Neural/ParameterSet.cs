using System.Runtime.InteropServices;
using Kindred.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>
/// What is learned: tensors by name, in the order in which they were added. First values come from <see cref="Rng"/>, not from Torch.
/// </summary>
internal sealed class ParameterSet(Device device) : IDisposable
{
    private readonly List<string> _names = [];
    private readonly List<Tensor> _tensors = [];

    public Device Device => device;

    public IReadOnlyList<string> Names => _names;

    public IReadOnlyList<Tensor> Tensors => _tensors;

    public Tensor this[string name] => _tensors[_names.IndexOf(name)];

    /// <param name="values">[rows · columns]</param>
    /// <param name="shape">Of the tensor.</param>
    public Tensor Add(string name, float[] values, params long[] shape)
    {
        using var copied = tensor(values, shape);
        var parameter = copied.to(device, copy: true).requires_grad_().DetachFromDisposeScope();
        Adopt(name, parameter);
        return parameter;
    }

    /// <summary>Adds a tensor made elsewhere; it is disposed here.</summary>
    public void Adopt(string name, Tensor parameter)
    {
        _names.Add(name);
        _tensors.Add(parameter);
    }

    /// <summary>Normally distributed around 0.</summary>
    public Tensor AddNormal(string name, Rng rng, double deviation, params long[] shape)
    {
        var random = rng.Fork(name);
        var values = new float[shape.Aggregate(1L, (product, n) => product * n)];
        foreach (ref float value in values.AsSpan()) value = (float)(random.NextNormal() * deviation);
        return Add(name, values, shape);
    }

    /// <summary>All the same.</summary>
    public Tensor AddConstant(string name, float value, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, n) => product * n)];
        Array.Fill(values, value);
        return Add(name, values, shape);
    }

    /// <returns>A copy of a tensor; a vector becomes one row.</returns>
    public static Matrix MatrixOf(Tensor tensor)
    {
        using var here = tensor.detach().cpu();
        bool isVector = here.dim() == 1;
        var matrix = new Matrix(isVector ? 1 : (int)here.shape[0], (int)here.shape[^1]);
        MemoryMarshal.Cast<byte, float>(here.bytes).CopyTo(matrix.Values.Span);
        return matrix;
    }

    /// <summary>Overwrites a tensor.</summary>
    /// <param name="values">As <see cref="MatrixOf"/> gave them.</param>
    public static void Set(Tensor target, Matrix values)
    {
        using var _ = no_grad();
        using var source = tensor(values.Values.ToArray(), target.shape);
        target.copy_(source);
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
    }
}
