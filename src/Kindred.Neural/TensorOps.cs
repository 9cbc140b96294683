using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>
/// Tensors and numbers. TorchSharp hands a <see cref="Scalar"/>'s native pointer to Torch and lets go of the object: the collector may free
/// it while Torch reads it, which was seen to happen. Sums make one that is not seen: the factor of what is added. Here a number lives
/// until the call returns.
/// </summary>
internal static class TensorOps
{
    private static readonly Scalar One = 1.0;

    /// <returns>x + y</returns>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <returns>x·factor</returns>
    public static Tensor Times(this Tensor x, double factor)
    {
        using Scalar scalar = factor;
        return x.mul(scalar);
    }

    /// <returns>x + number</returns>
    public static Tensor Plus(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.add(scalar, One);
    }

    /// <returns>x, and value where the mask is true.</returns>
    public static Tensor With(this Tensor x, Tensor mask, double value)
    {
        using Scalar scalar = value;
        return x.masked_fill(mask, scalar);
    }

    /// <returns>x, and rows(n) added to its row places(n).</returns>
    public static Tensor PlusRows(this Tensor x, Tensor places, Tensor rows) => x.index_add(0, places, rows, One);

    /// <summary>x ← x·factor</summary>
    public static Tensor Scale(this Tensor x, double factor)
    {
        using Scalar scalar = factor;
        return x.mul_(scalar);
    }

    /// <summary>x ← x + number</summary>
    public static Tensor Increase(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.add_(scalar, One);
    }

    /// <summary>x ← x + y</summary>
    public static Tensor Add(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>x ← x + factor·y</summary>
    public static Tensor AddScaled(this Tensor x, double factor, Tensor y)
    {
        using Scalar scalar = factor;
        return x.add_(y, scalar);
    }

    /// <summary>x ← x + factor·y∘z</summary>
    public static Tensor AddProduct(this Tensor x, double factor, Tensor y, Tensor z)
    {
        using Scalar scalar = factor;
        return x.addcmul_(y, z, scalar);
    }

    /// <summary>x ← x + factor·y / z</summary>
    public static Tensor AddQuotient(this Tensor x, double factor, Tensor y, Tensor z)
    {
        using Scalar scalar = factor;
        return x.addcdiv_(y, z, scalar);
    }
}
