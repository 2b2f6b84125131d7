"""PaddleClas in place: for people who stay with it and name its YAML, nothing else.

::

    _values     values of a YAML and of `-o`, as PaddleClas evaluates them, without evaluating
    _config     a YAML resolved: the file, then `-o`, paths against the working directory
    _datasets   its data sets: which are lists, and how each reads a line
    _lists      every list that a YAML names
    _class_num  how many outputs the model has, and which key says so
    _names      the file of class names
    _ids        ids of lists, and what `relabel` makes of them
    _groups     lists of one model, audited together
    _findings   codes of what is found in a YAML
    _audit      `paddleclas audit`
    _overrides  `-o "KEY='value'"`, safe in any shell
    _keys       which keys a balanced list, or the sampler, needs changed
    _places     the index in PaddleClas's data set of each row of a plan
    _verify     overrides applied as PaddleClas does, and the same rows read back
    _balance    `paddleclas balance`
    _old_names  names of a model's tensors in release 2.0
    _check      `paddleclas check`
    _sampler    exact batches inside PaddleClas's own loader

`__init__.pyi` lists the exports. They load when they are first named: the sampler, which PaddleClas imports into its
own process, is to cost it little.
"""

from __future__ import annotations

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
